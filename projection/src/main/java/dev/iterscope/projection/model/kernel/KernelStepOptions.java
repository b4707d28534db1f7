package dev.iterscope.projection.model.kernel;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// How kernel times become step times.
///
/// @param tensorParallel      tensor-parallel ranks
/// @param matrixType          type of the matrix products
/// @param kvType              type of the KV cache
/// @param captureSizes        batch sizes that were captured as CUDA graphs, ascending: a step up to the largest is padded to the
///                            next; empty for eager execution
/// @param calibration         factor between kernel times measured alone and in a running engine
/// @param hostStepNanos       host time per step
/// @param hostRequestNanos    host time per scheduled request
/// @param betweenRunDeviation standard deviation of a run's speed between repetitions, as a share
/// @param partDeviation       the same for one part of the step against the others
/// @param speedups            what-if: parts made faster by a factor
/// @param flopRatio           what-if: arithmetic rate of the wanted device over that of the measured
/// @param bandwidthRatio      what-if: memory bandwidth of the wanted device over that of the measured
public record KernelStepOptions(
        int tensorParallel,
        MatrixType matrixType,
        MatrixType kvType,
        List<Integer> captureSizes,
        double calibration,
        double hostStepNanos,
        double hostRequestNanos,
        double betweenRunDeviation,
        double partDeviation,
        Map<StepPart, Double> speedups,
        double flopRatio,
        double bandwidthRatio) {

    /// Host time of vLLM 0.19 to 0.27 per step: about half a millisecond, hidden behind the device under asynchronous scheduling.
    private static final double HOST_STEP_NANOS = 500_000;
    private static final double HOST_REQUEST_NANOS = 4_000;

    /// Checks the ranges.
    public KernelStepOptions {
        captureSizes = List.copyOf(captureSizes);
        speedups = Map.copyOf(speedups);
        if (tensorParallel < 1 || !(calibration > 0) || !(flopRatio > 0) || !(bandwidthRatio > 0)) {
            throw new IllegalArgumentException("need at least 1 rank and positive factors");
        }
    }

    /// bf16, vLLM's capture sizes up to 512, no calibration, no what-if.
    public static KernelStepOptions of(int tensorParallel) {
        return new KernelStepOptions(tensorParallel, MatrixType.BFLOAT16, MatrixType.BFLOAT16, vllmCaptureSizes(512), 1,
                HOST_STEP_NANOS, HOST_REQUEST_NANOS, 0.04, 0.03, Map.of(), 1, 1);
    }

    /// vLLM's default: 1, 2, 4, multiples of 8 below 256, multiples of 16 from there.
    public static List<Integer> vllmCaptureSizes(int largest) {
        return IntStream.rangeClosed(1, largest)
                .filter(n -> n == 1 || n == 2 || n == 4 || (n < 256 && n % 8 == 0) || (n >= 256 && n % 16 == 0))
                .boxed()
                .toList();
    }

    /// The same with another calibration factor.
    public KernelStepOptions withCalibration(double factor) {
        return new KernelStepOptions(tensorParallel, matrixType, kvType, captureSizes, factor, hostStepNanos, hostRequestNanos,
                betweenRunDeviation, partDeviation, speedups, flopRatio, bandwidthRatio);
    }

    /// The same with other types.
    public KernelStepOptions withTypes(MatrixType matrix, MatrixType kv) {
        return new KernelStepOptions(tensorParallel, matrix, kv, captureSizes, calibration, hostStepNanos, hostRequestNanos,
                betweenRunDeviation, partDeviation, speedups, flopRatio, bandwidthRatio);
    }

    /// The same with other host times.
    public KernelStepOptions withHost(double stepNanos, double requestNanos) {
        return new KernelStepOptions(tensorParallel, matrixType, kvType, captureSizes, calibration, stepNanos, requestNanos,
                betweenRunDeviation, partDeviation, speedups, flopRatio, bandwidthRatio);
    }

    /// The same with parts made faster.
    public KernelStepOptions withSpeedups(Map<StepPart, Double> factors) {
        return new KernelStepOptions(tensorParallel, matrixType, kvType, captureSizes, calibration, hostStepNanos, hostRequestNanos,
                betweenRunDeviation, partDeviation, factors, flopRatio, bandwidthRatio);
    }

    /// The same on another device.
    public KernelStepOptions withDeviceRatios(double flops, double bandwidth) {
        return new KernelStepOptions(tensorParallel, matrixType, kvType, captureSizes, calibration, hostStepNanos, hostRequestNanos,
                betweenRunDeviation, partDeviation, speedups, flops, bandwidth);
    }
}
