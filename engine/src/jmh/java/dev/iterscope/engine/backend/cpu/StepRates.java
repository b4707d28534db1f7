package dev.iterscope.engine.backend.cpu;

import dev.iterscope.engine.backend.ExecutionObserver;
import dev.iterscope.engine.backend.cpu.DecoderWeights.LoadProgress;
import dev.iterscope.engine.checkpoint.TensorSource;
import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.model.ModelConfig.DataType;
import dev.iterscope.engine.model.ModelPresets;
import dev.iterscope.profiler.event.KernelRun;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Whole steps of a model beside what the machine reads and multiplies at most, which is measured before and after each of them.
///
/// The steps take turns, round by round, so that a busy minute of a shared machine falls on all of them. Of each step the median of
/// the rounds and the middle half are printed, as time and as shares of the limits; with `kernels` as the fourth argument the time of
/// each kernel too, the mean of five more steps.
///
/// The model may be followed by `:int8` for weights of 8-bit integers.
///
///     bin/bench engine -main dev.iterscope.engine.backend.cpu.StepRates [MODEL [THREADS [ROUNDS [kernels|- [STEP,STEP...]]]]]
public final class StepRates {
    private static final int BLOCK_SIZE = 16;
    private static final int WARM_UPS = 3;
    /// Steps over which the kernels' times are averaged.
    private static final int KERNEL_STEPS = 5;

    private enum Step {
        DECODE_1(1, 1, 512),
        DECODE_16(16, 1, 256),
        DECODE_64(64, 1, 256),
        DECODE_1_OF_8192(1, 1, 8192),
        PREFILL_512(1, 512, 512),
        PREFILL_2048(1, 2048, 2048);

        private final int sequences;
        private final int tokens;
        private final int length;

        Step(int sequences, int tokens, int length) {
            this.sequences = sequences;
            this.tokens = tokens;
            this.length = length;
        }

        private int blocksEach() {
            return length / BLOCK_SIZE;
        }
    }

    private record Rate(double millis, double gigabytes, double ofBandwidth, double gigaflops, double ofPeak) {}

    private final ModelConfig model;
    private final Decoder decoder;
    private final MachineLimits limits;
    private final KernelTimes kernels = new KernelTimes();
    private final KernelTimer timer = new KernelTimer(kernels);
    private final StepBatch batch;
    private double bandwidth;
    private double peak;

    private StepRates(ModelConfig model, NativeMemory memory, WorkerPool pool) {
        this.model = model;
        int tokens = Arrays.stream(Step.values()).mapToInt(step -> step.sequences * step.tokens).max().orElseThrow();
        int sequences = Arrays.stream(Step.values()).mapToInt(step -> step.sequences).max().orElseThrow();
        int positions = Arrays.stream(Step.values()).mapToInt(step -> step.length).max().orElseThrow();
        int blocks = 1 + Arrays.stream(Step.values()).mapToInt(step -> step.sequences * step.blocksEach()).max().orElseThrow();
        DecoderWeights weights = DecoderWeights.load(model, TensorSource.dummy(0), memory, pool, LoadProgress.NONE);
        limits = new MachineLimits(pool, memoryOf(weights));
        KvStore kv = new KvStore(memory, model, DataType.BF16, BLOCK_SIZE, blocks);
        // Pages that were never written are one page of zeros, which caches hold.
        kv.keys().fill((byte) 0x3c);
        kv.values().fill((byte) 0x3c);
        Activations activations = new Activations(model, tokens, sequences, positions, pool.threads());
        decoder = new Decoder(model, weights, kv, activations, pool, KernelSelection.best(), timer);
        batch = new StepBatch(tokens, sequences);
    }

    /// Prints the table.
    ///
    /// @param arguments a preset (qwen3-0.6b), threads (2), rounds (7), whether kernels are wanted, and the steps (all)
    public static void main(String[] arguments) {
        ModelConfig model = model(arguments.length > 0 ? arguments[0] : "qwen3-0.6b");
        int threads = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 2;
        int rounds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 7;
        boolean perKernel = arguments.length > 3 && arguments[3].equals("kernels");
        List<Step> steps = arguments.length > 4
                ? Arrays.stream(arguments[4].split(",", -1)).map(Step::valueOf).toList()
                : List.of(Step.values());
        try (NativeMemory memory = new NativeMemory();
                WorkerPool pool = new WorkerPool(threads)) {
            new StepRates(model, memory, pool).measure(threads, rounds, perKernel, steps);
        }
    }

    private static List<MemorySegment> memoryOf(DecoderWeights weights) {
        return Stream.concat(
                weights.layers().stream()
                        .flatMap(layer -> Stream.of(layer.qkv(), layer.output(), layer.gateUp(), layer.down())),
                Stream.of(weights.head()))
                .map(PackedMatrix::data)
                .toList();
    }

    private static ModelConfig model(String name) {
        ModelConfig model = ModelPresets.find(name.replace(":int8", "")).orElseThrow();
        return name.endsWith(":int8") ? model.withWeightType(DataType.INT8) : model;
    }

    private void measure(int threads, int rounds, boolean perKernel, List<Step> steps) {
        for (int i = 0; i < WARM_UPS; i++) {
            steps.forEach(this::rate);
        }
        Map<Step, List<Rate>> rates = new LinkedHashMap<>();
        List<Double> reads = new ArrayList<>();
        List<Double> multiplyAdds = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            for (Step step : steps) {
                rates.computeIfAbsent(step, s -> new ArrayList<>()).add(rate(step));
                reads.add(bandwidth * 1e-9);
                multiplyAdds.add(peak * 1e-9);
            }
        }
        System.out.printf(Locale.ROOT, "%s, %d threads, %s, JDK %s, %d rounds: median [middle half]%n", model.name(), threads,
                KernelSelection.best().name(), Runtime.version(), rounds);
        System.out.printf("machine: reads GB/s %s, multiply-adds GFLOP/s %s%n", spread(reads), spread(multiplyAdds));
        rates.forEach((step, list) -> System.out.printf("%-17s ms %s, GB/s %s, %% of reads %s, GFLOP/s %s, %% of peak %s%n", step,
                spread(list.stream().map(Rate::millis).toList()), spread(list.stream().map(Rate::gigabytes).toList()),
                spread(list.stream().map(Rate::ofBandwidth).toList()), spread(list.stream().map(Rate::gigaflops).toList()),
                spread(list.stream().map(Rate::ofPeak).toList())));
        if (perKernel) {
            for (Step step : steps) {
                kernels.clear();
                kernels.on = true;
                double bandwidths = 0;
                double peaks = 0;
                for (int i = 0; i < KERNEL_STEPS; i++) {
                    rate(step);
                    bandwidths += bandwidth;
                    peaks += peak;
                }
                kernels.on = false;
                kernels.print(step.name(), bandwidths / KERNEL_STEPS, peaks / KERNEL_STEPS);
            }
        }
    }

    private Rate rate(Step step) {
        fill(step);
        double bandwidthBefore = limits.readBandwidth();
        double peakBefore = limits.fmaPeak();
        long start = System.nanoTime();
        timer.beginStep(1);
        decoder.forward(batch);
        timer.endStep();
        double seconds = (System.nanoTime() - start) * 1e-9;
        peak = (peakBefore + limits.fmaPeak()) / 2;
        bandwidth = (bandwidthBefore + limits.readBandwidth()) / 2;
        double bytes = bytes(step);
        double flops = flops(step);
        return new Rate(1e3 * seconds, 1e-9 * bytes / seconds, 100 * bytes / seconds / bandwidth, 1e-9 * flops / seconds,
                100 * flops / seconds / peak);
    }

    private void fill(Step step) {
        batch.clear();
        for (int sequence = 0; sequence < step.sequences; sequence++) {
            int first = 1 + sequence * step.blocksEach();
            batch.beginEntry(IntStream.range(first, first + step.blocksEach()).toArray(), step.tokens > 1, true);
            for (int token = 0; token < step.tokens; token++) {
                batch.add((31 * sequence + token) % model.vocabSize(), step.length - step.tokens + token);
            }
        }
    }

    /// Weights once, and the keys and values of each sequence once.
    private double bytes(Step step) {
        double weights = model.layers() * (double) model.layerParameters() + (double) model.vocabSize() * model.hiddenSize();
        double scales = model.weightType() == DataType.INT8 ? (double) Float.BYTES / Int8.GROUP : 0;
        double kv = (double) step.sequences * step.length * model.kvBytesPerToken(DataType.BF16);
        return weights * (model.weightType().bytes() + scales) + kv;
    }

    /// Products with all weights, the head's for one token a sequence, and attention over every pair that the mask leaves.
    private double flops(Step step) {
        double tokens = (double) step.sequences * step.tokens;
        double pairs = step.sequences * (step.tokens * (double) (step.length - step.tokens) + step.tokens * (step.tokens + 1.0) / 2);
        double head = 2.0 * step.sequences * model.vocabSize() * model.hiddenSize();
        return tokens * model.denseFlopsPerToken() + pairs * model.attentionFlopsPerPair() + head;
    }

    private static String spread(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int last = sorted.size() - 1;
        return String.format(
                Locale.ROOT, "%.1f [%.1f, %.1f]", sorted.get((last + 1) / 2), sorted.get(last / 4), sorted.get(last - last / 4));
    }

    /// Sums the times of a step's kernels.
    private static final class KernelTimes implements ExecutionObserver {
        private final Map<String, double[]> sums = new LinkedHashMap<>();
        private boolean on;

        void clear() {
            sums.clear();
        }

        @Override
        public boolean wantsKernels(long iteration) {
            return on;
        }

        @Override
        public void kernel(KernelRun run) {
            double[] sum = sums.computeIfAbsent(run.kernel(), name -> new double[3]);
            sum[0] += run.time().nanos() * 1e-9;
            sum[1] += run.bytes();
            sum[2] += run.flops();
        }

        void print(String step, double bandwidth, double peak) {
            double all = sums.values().stream().mapToDouble(sum -> sum[0]).sum();
            sums.forEach((name, sum) -> System.out.printf(
                    Locale.ROOT, "%-17s %-22s %8.2f ms %5.1f %% of the step, %6.1f GB/s %5.1f %%, %6.1f GFLOP/s %5.1f %%%n", step, name,
                    1e3 * sum[0] / KERNEL_STEPS, 100 * sum[0] / all, 1e-9 * sum[1] / sum[0], 100 * sum[1] / sum[0] / bandwidth,
                    1e-9 * sum[2] / sum[0], 100 * sum[2] / sum[0] / peak));
        }
    }
}
