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
/// @param contextCalibration  a further factor for steps with context work, which leave the captured graphs
/// @param hostStepNanos       host time per step
/// @param hostRequestNanos    host time per scheduled request
/// @param logitNanos          time that choosing a token takes for each entry of the vocabulary, beyond taking the largest: 0 for greedy;
///                            see [#withLogitNanos]
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
        double contextCalibration,
        double hostStepNanos,
        double hostRequestNanos,
        double logitNanos,
        double betweenRunDeviation,
        double partDeviation,
        Map<StepPart, Double> speedups,
        double flopRatio,
        double bandwidthRatio) {

    /// Host time of vLLM's engine loop, hidden behind the device under asynchronous scheduling: 541 us a step at 16 requests, and
    /// 12.7 us more for each further one (vLLM 0.27 on a CPU build, openfabric-systems/simllm, pull request 204).
    private static final double HOST_STEP_NANOS = 338_000;
    private static final double HOST_REQUEST_NANOS = 12_700;

    /// Checks the ranges.
    public KernelStepOptions {
        captureSizes = List.copyOf(captureSizes);
        speedups = Map.copyOf(speedups);
        if (tensorParallel < 1 || !(calibration > 0) || !(contextCalibration > 0) || !(flopRatio > 0) || !(bandwidthRatio > 0)
                || !(logitNanos >= 0)) {
            throw new IllegalArgumentException("need at least 1 rank and positive factors");
        }
    }

    /// The same with a deviation between repetitions that recordings showed.
    public KernelStepOptions withBetweenRunDeviation(double deviation) {
        return new KernelStepOptions(tensorParallel, matrixType, kvType, captureSizes, calibration, contextCalibration, hostStepNanos,
                hostRequestNanos, logitNanos, deviation, partDeviation, speedups, flopRatio, bandwidthRatio);
    }

    /// bf16, vLLM's capture sizes up to 512, no calibration, no what-if.
    public static KernelStepOptions of(int tensorParallel) {
        return new KernelStepOptions(tensorParallel, MatrixType.BFLOAT16, MatrixType.BFLOAT16, vllmCaptureSizes(512), 1, 1,
                HOST_STEP_NANOS, HOST_REQUEST_NANOS, 0, 0.04, 0.03, Map.of(), 1, 1);
    }

    /// vLLM's default: 1, 2, 4, multiples of 8 below 256, multiples of 16 from there.
    public static List<Integer> vllmCaptureSizes(int largest) {
        return IntStream.rangeClosed(1, largest)
                .filter(n -> n == 1 || n == 2 || n == 4 || (n < 256 && n % 8 == 0) || (n >= 256 && n % 16 == 0))
                .boxed()
                .toList();
    }

    /// The same with other calibration factors.
    ///
    /// @param factor  of every step
    /// @param context a further one of steps with context work
    public KernelStepOptions withCalibration(double factor, double context) {
        return new KernelStepOptions(tensorParallel, matrixType, kvType, captureSizes, factor, context, hostStepNanos, hostRequestNanos,
                logitNanos,
                betweenRunDeviation, partDeviation, speedups, flopRatio, bandwidthRatio);
    }

    /// The same with other ranks.
    public KernelStepOptions withRanks(int ranks) {
        return new KernelStepOptions(ranks, matrixType, kvType, captureSizes, calibration, contextCalibration, hostStepNanos,
                hostRequestNanos, logitNanos, betweenRunDeviation, partDeviation, speedups, flopRatio, bandwidthRatio);
    }

    /// The same without what-ifs: no part faster, on the measured device.
    public KernelStepOptions measured() {
        return withSpeedups(Map.of()).withDeviceRatios(1, 1);
    }

    /// The same with other types.
    public KernelStepOptions withTypes(MatrixType matrix, MatrixType kv) {
        return new KernelStepOptions(tensorParallel, matrix, kv, captureSizes, calibration, contextCalibration, hostStepNanos,
                hostRequestNanos, logitNanos,
                betweenRunDeviation, partDeviation, speedups, flopRatio, bandwidthRatio);
    }

    /// The same with other host times.
    public KernelStepOptions withHost(double stepNanos, double requestNanos) {
        return new KernelStepOptions(tensorParallel, matrixType, kvType, captureSizes, calibration, contextCalibration, stepNanos,
                requestNanos, logitNanos,
                betweenRunDeviation, partDeviation, speedups, flopRatio, bandwidthRatio);
    }

    /// The same with parts made faster.
    public KernelStepOptions withSpeedups(Map<StepPart, Double> factors) {
        return new KernelStepOptions(tensorParallel, matrixType, kvType, captureSizes, calibration, contextCalibration, hostStepNanos,
                hostRequestNanos,
                logitNanos,
                betweenRunDeviation, partDeviation, factors, flopRatio, bandwidthRatio);
    }

    /// The same on another device.
    public KernelStepOptions withDeviceRatios(double flops, double bandwidth) {
        return new KernelStepOptions(tensorParallel, matrixType, kvType, captureSizes, calibration, contextCalibration, hostStepNanos,
                hostRequestNanos,
                logitNanos,
                betweenRunDeviation, partDeviation, speedups, flops, bandwidth);
    }

    /// The same with another way of choosing tokens. At 128 requests and 131,072 entries top-k and top-p take vLLM 2.4 ms where it
    /// sorts (0.14 ns an entry; up to about 0.15), 0.36 to 0.53 ms in its later kernel (0.02 to 0.03), and FlashInfer 0.27 ms (0.016)
    /// (vLLM, pull request 40376).
    public KernelStepOptions withLogitNanos(double nanos) {
        return new KernelStepOptions(tensorParallel, matrixType, kvType, captureSizes, calibration, contextCalibration, hostStepNanos,
                hostRequestNanos, nanos,
                betweenRunDeviation, partDeviation, speedups, flopRatio, bandwidthRatio);
    }
}
