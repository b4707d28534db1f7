package dev.iterscope.engine.bench;

import dev.iterscope.engine.Engine;
import dev.iterscope.engine.EngineConfig;
import dev.iterscope.engine.ObservationOptions;
import dev.iterscope.engine.model.ModelPresets;
import dev.iterscope.engine.request.Prompt;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.schedule.StepOutcome;
import dev.iterscope.engine.schedule.StepPlan;
import dev.iterscope.engine.step.StepObserver;
import dev.iterscope.engine.step.StepTimes;
import dev.iterscope.engine.step.StepTiming;
import dev.iterscope.profiler.event.KernelEvent;
import dev.iterscope.profiler.event.ServingSchema;
import dev.iterscope.profiler.live.LiveEvents;
import dev.iterscope.profiler.log.IntervalLog;
import dev.iterscope.profiler.log.IterationLog;
import dev.iterscope.profiler.log.IterationLogForm;
import dev.iterscope.profiler.log.LogPrefix;
import dev.iterscope.profiler.metrics.EngineMetrics;
import dev.iterscope.profiler.nvtx.NvtxStatus;
import dev.iterscope.profiler.nvtx.NvtxTool;
import dev.iterscope.profiler.recording.FlightRecording;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import jdk.jfr.Recording;

/// What observing costs in a running engine: the same requests are served again and again in one process, block after block, with
/// nothing on, with nothing on once more (what two equal blocks differ by), with the events and the ranges, and with everything on.
/// The order of the blocks changes from round to round, so that a machine that drifts favours none.
///
/// A step's time is that from its result to the next one's, on the engine thread, with one step in flight: nothing that the engine thread
/// does can hide behind the device. Of each block the mean and the median of its steps count; the differences within a round give the mean
/// difference and its 95 % interval by bootstrap over rounds.
///
///     bin/bench engine -main dev.iterscope.engine.bench.ObservedSteps [emulated|cpu [ROUNDS [THREADS]]]
///
/// Started under an NVTX tool, the blocks with ranges show them to it; those with nothing on do not. Whether an engine shows ranges is settled
/// when it is opened, so there each block has an engine of its own. Without a tool one engine serves all blocks: two engines differ by where their
/// weights happen to lie.
public final class ObservedSteps {
    private static final long DEVICE_NANOS = 5_000_000;
    private static final int WARM_UP_ROUNDS = 3;
    private static final int DEFAULT_ROUNDS = 20;
    private static final int SEQUENCES = 8;
    private static final int PROMPT_TOKENS = 32;
    private static final int OUTPUT_TOKENS = 160;
    /// Steps at the start of a block that are not counted: prefill, and what opening a recording leaves to settle.
    private static final int UNCOUNTED = 20;
    private static final int RESAMPLES = 20_000;

    private enum Condition {
        /// Nothing records, no ranges.
        OFF("nothing"),
        /// The same again.
        OFF_AGAIN("nothing, again"),
        /// Our events to disk, and the ranges.
        EVENTS("events and ranges"),
        /// As `--record --log-iterations=kv --log-stats --metrics-port`: the JDK's profile events too.
        EVERYTHING("everything, and the JDK's own profile");

        private final String label;

        Condition(String label) {
            this.label = label;
        }
    }

    /// Measures a block under a condition.
    private interface Measurement {
        Block of(Condition condition) throws IOException;
    }

    /// What one block's steps took.
    private record Block(double meanNanos, double medianNanos) {}

    private final EngineConfig config;
    private final boolean toolAttached = !(NvtxTool.system().status() instanceof NvtxStatus.NoTool);
    private final Path folder;

    private ObservedSteps(EngineConfig config, Path folder) {
        this.config = config;
        this.folder = folder;
    }

    /// Prints the table.
    ///
    /// @param arguments the backend (emulated), rounds (20), and threads of the cpu backend (a processor each)
    public static void main(String[] arguments) throws IOException {
        String backend = arguments.length > 0 ? arguments[0] : "emulated";
        int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : DEFAULT_ROUNDS;
        EngineConfig config = config(backend);
        if (arguments.length > 2) {
            config = config.withThreads(Integer.parseInt(arguments[2]));
        }
        new ObservedSteps(config, Files.createTempDirectory("observed-steps")).measure(backend, rounds);
    }

    private static EngineConfig config(String backend) {
        EngineConfig defaults = EngineConfig.defaults(ModelPresets.TINY);
        EngineConfig oneInFlight = defaults.withPrefixCaching(false)
                .withScheduler(defaults.scheduler().withAsyncScheduling(false));
        return backend.equals("emulated") ? oneInFlight.emulating(new Constant(), 1) : oneInFlight.withBackend(backend);
    }

    private static ObservationOptions observation(boolean nvtx) {
        ObservationOptions defaults = ObservationOptions.DEFAULT;
        return new ObservationOptions(defaults.record(), nvtx, false, defaults.window(), 0, false);
    }

    private void measure(String backend, int rounds) throws IOException {
        Map<Condition, List<Block>> blocks;
        if (toolAttached) {
            blocks = blocks(rounds, this::inEngineOfItsOwn);
        } else {
            try (Engine engine = Engine.open(config)) {
                blocks = blocks(rounds, condition -> block(engine, condition));
            }
        }
        print(backend, rounds, blocks);
    }

    private Block inEngineOfItsOwn(Condition condition) throws IOException {
        boolean shown = condition == Condition.EVENTS || condition == Condition.EVERYTHING;
        try (Engine engine = Engine.open(config.withObservation(observation(shown)))) {
            return block(engine, condition);
        }
    }

    private static Map<Condition, List<Block>> blocks(int rounds, Measurement measurement) throws IOException {
        Condition[] conditions = Condition.values();
        Map<Condition, List<Block>> blocks = new EnumMap<>(Condition.class);
        for (Condition condition : conditions) {
            blocks.put(condition, new ArrayList<>());
        }
        for (int round = -WARM_UP_ROUNDS; round < rounds; round++) {
            for (int i = 0; i < conditions.length; i++) {
                Condition condition = conditions[Math.floorMod(round % 2 == 0 ? i + round : round - i, conditions.length)];
                Block block = measurement.of(condition);
                if (round >= 0) {
                    blocks.get(condition).add(block);
                }
            }
        }
        return blocks;
    }

    private void print(String backend, int rounds, Map<Condition, List<Block>> blocks) {
        System.out.printf(
                Locale.ROOT,
                "%s, %d threads, JDK %s, NVTX: %s; %d rounds of blocks of %d steps%n%n",
                backend,
                config.threads(),
                Runtime.version(),
                NvtxTool.system().status().getClass().getSimpleName(),
                rounds,
                OUTPUT_TOKENS - UNCOUNTED);
        System.out.println("| on | step, mean | difference of means | of the step | difference of medians | of the step |");
        System.out.println("| --- | ---: | ---: | ---: | ---: | ---: |");
        for (Condition condition : Condition.values()) {
            printRow(condition, blocks.get(condition), blocks.get(Condition.OFF));
        }
    }

    private static void printRow(Condition condition, List<Block> blocks, List<Block> off) {
        double step = mean(off.stream().mapToDouble(Block::meanNanos).toArray());
        String differences = "- | - | - | -";
        if (condition != Condition.OFF) {
            differences = difference(differences(blocks, off, Block::meanNanos), step) + " | "
                    + difference(differences(blocks, off, Block::medianNanos), step);
        }
        System.out.printf(
                Locale.ROOT,
                "| %s | %.1f us | %s |%n",
                condition.label,
                mean(blocks.stream().mapToDouble(Block::meanNanos).toArray()) / 1000,
                differences);
    }

    private static double[] differences(
            List<Block> blocks, List<Block> off, ToDoubleFunction<Block> figure) {
        return IntStream.range(0, blocks.size())
                .mapToDouble(i -> figure.applyAsDouble(blocks.get(i)) - figure.applyAsDouble(off.get(i)))
                .toArray();
    }

    private static String difference(double[] differences, double step) {
        double[] means = new double[RESAMPLES];
        Random random = new Random(0);
        for (int i = 0; i < RESAMPLES; i++) {
            double sum = 0;
            for (int j = 0; j < differences.length; j++) {
                sum += differences[random.nextInt(differences.length)];
            }
            means[i] = sum / differences.length;
        }
        Arrays.sort(means);
        double low = means[(int) (RESAMPLES * 0.025)];
        double high = means[(int) (RESAMPLES * 0.975)];
        double middle = mean(differences);
        return String.format(
                Locale.ROOT,
                "%+.1f us [%+.1f, %+.1f] | %+.3f %% [%+.3f, %+.3f]",
                middle / 1000,
                low / 1000,
                high / 1000,
                100 * middle / step,
                100 * low / step,
                100 * high / step);
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElseThrow();
    }

    private Block block(Engine engine, Condition condition) throws IOException {
        System.gc(); // what one block left behind is not the next one's to clear up
        return switch (condition) {
            case OFF, OFF_AGAIN -> serve(engine);
            case EVENTS -> {
                try (Recording recording = new Recording()) {
                    for (var type : ServingSchema.types()) {
                        if (type != KernelEvent.class) {
                            recording.enable(type);
                        }
                    }
                    recording.setToDisk(true);
                    recording.start();
                    yield serve(engine);
                }
            }
            case EVERYTHING -> everything(engine);
        };
    }

    private Block everything(Engine engine) throws IOException {
        Path log = folder.resolve("block.log");
        Path file = folder.resolve("block.jfr");
        LogPrefix prefix = LogPrefix.ofThisProcess();
        try (PrintWriter writer = new PrintWriter(Files.newBufferedWriter(log))) {
            try (LiveEvents _ = LiveEvents.start(List.of(
                    new IterationLog(IterationLogForm.KV, prefix, writer::println),
                    new IntervalLog(prefix, writer::println, IntervalLog.DEFAULT_INTERVAL),
                    new EngineMetrics("tiny")));
                    FlightRecording _ = FlightRecording.start(file)) {
                return serve(engine);
            }
        } finally {
            Files.deleteIfExists(log);
            Files.deleteIfExists(file);
        }
    }

    private static Block serve(Engine engine) {
        Steps steps = new Steps();
        engine.run(
                IntStream.range(0, SEQUENCES)
                        .mapToObj(i -> Request.of("r" + i, new Prompt.Seeded(PROMPT_TOKENS, i), OUTPUT_TOKENS, 0))
                        .toList(),
                OptionalInt.empty(),
                steps);
        return steps.block();
    }

    /// Takes down when results came.
    private static final class Steps implements StepObserver {
        private final long[] results = new long[OUTPUT_TOKENS];
        private int count;

        @Override
        public void completed(StepPlan plan, StepOutcome outcome, StepTiming timing) {
            results[count++] = timing.resultNanos();
        }

        Block block() {
            if (count != OUTPUT_TOKENS) {
                throw new IllegalStateException("expected " + OUTPUT_TOKENS + " steps, saw " + count);
            }
            double[] took = IntStream.range(UNCOUNTED, count).mapToDouble(i -> results[i] - results[i - 1]).toArray();
            double mean = mean(took);
            Arrays.sort(took);
            return new Block(mean, took[took.length / 2]);
        }
    }

    /// Every step takes the same time.
    private static final class Constant implements StepTimes {
        @Override
        public long deviceNanos(StepPlan plan) {
            return DEVICE_NANOS;
        }

        @Override
        public long hostNanos(StepPlan plan) {
            return 0;
        }
    }
}
