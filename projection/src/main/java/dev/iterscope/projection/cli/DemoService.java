package dev.iterscope.projection.cli;

import dev.iterscope.engine.EngineConfig;
import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.model.ModelPresets;
import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.engine.schedule.SchedulerConfig;
import dev.iterscope.engine.schedule.StepPlan;
import dev.iterscope.engine.step.StepTimes;
import dev.iterscope.projection.model.kernel.KernelStepModel;
import dev.iterscope.projection.model.kernel.KernelStepOptions;
import dev.iterscope.projection.model.table.StepModels;
import dev.iterscope.projection.workload.DemoWorkload;
import dev.iterscope.projection.workload.Workload;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/// What the demo serves, and on what.
///
/// @param place    what executes the steps, after a preposition
/// @param nature   how real that is; empty where there is nothing to say
/// @param engine   backend, model, memory and the present limits
/// @param workload what is served
/// @param budgets  token budgets of the sweep, ascending; the present one among them
/// @param runs     runs of each measured setting unless the user says otherwise
record DemoService(String place, String nature, EngineConfig engine, Workload workload, List<Integer> budgets, int runs) {
    private static final String MODEL = "llama-3.1-8b";
    /// From samples, packaged with this class.
    private static final String KERNELS = "h100-llama-3.1-8b/kernels.json";
    private static final int GPU_BUDGET = 2048;
    private static final int GPU_SEQUENCES = 128;
    /// 0.9 of an H100's 80 GB.
    private static final long GPU_BYTES = 72_000_000_000L;
    private static final int CPU_BUDGET = 512;

    /// Steps of a slower device. A thread that wakes up some milliseconds late, as threads do where others want the processors, is then
    /// late by a small share of a step. It is not the backend's time scale, since nothing is given in another time than it took.
    private record Slowed(StepTimes times) implements StepTimes {
        private static final int FACTOR = 4;

        @Override
        public long deviceNanos(StepPlan plan) {
            return FACTOR * times.deviceNanos(plan);
        }

        @Override
        public long hostNanos(StepPlan plan) {
            return FACTOR * times.hostNanos(plan);
        }
    }

    /// The service of a backend.
    ///
    /// @param documents length of the emulated workload
    /// @throws UserInputException for a backend that the demo has none for
    static DemoService on(String backend, int documents) {
        return switch (backend) {
            case "emulated" -> emulated(documents);
            case "cpu" -> cpu();
            default -> throw UserInputException.usage("--backend of demo must be emulated or cpu: " + backend);
        };
    }

    private static DemoService emulated(int documents) {
        ModelConfig model = ModelPresets.find(MODEL).orElseThrow();
        SchedulerConfig scheduler = SchedulerConfig.of(GPU_BUDGET, GPU_SEQUENCES, model.maxModelLen())
                .withAsyncScheduling(true)
                .withReserveFullIsl(true);
        EngineConfig engine = EngineConfig.defaults(model)
                .withMemoryBytes(GPU_BYTES)
                .withScheduler(scheduler)
                .emulating(new Slowed(kernels(model).point()), 1);
        return new DemoService(
                "an emulated H100 with Llama-3.1-8B",
                "the real engine: threads, queues, asynchronous scheduling, KV cache, JFR events. Its steps take " + Slowed.FACTOR
                        + " times what an H100's kernels were measured to take, so that other work on this machine hardly shows."
                        + " What it shows about scheduling is real; the kernel times are a table's.",
                engine,
                DemoWorkload.forLargeModel(documents),
                List.of(256, 512, 1024, GPU_BUDGET, 4096, 8192),
                1);
    }

    private static DemoService cpu() {
        EngineConfig config = EngineConfig.defaults(ModelPresets.TINY);
        return new DemoService(
                "this machine's CPU with a tiny model",
                "",
                config.withScheduler(config.scheduler().withMaxNumBatchedTokens(CPU_BUDGET)),
                DemoWorkload.forSmallModel(),
                List.of(32, 64, 128, 256, CPU_BUDGET, 1024),
                2);
    }

    private static KernelStepModel kernels(ModelConfig model) {
        try (InputStream in = Objects.requireNonNull(DemoService.class.getResourceAsStream(KERNELS), KERNELS)) {
            Path name = Path.of(KERNELS);
            return StepModels.make(name, StepModels.ofModelFile(name, in), model, KernelStepOptions.of(1));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The token budget that runs now.
    int present() {
        return engine.scheduler().maxNumBatchedTokens();
    }

    /// Budgets to measure: the recommended one, its neighbours in the sweep, and the present one; ascending.
    List<Integer> measuredBudgets(int recommended) {
        int place = budgets.indexOf(recommended);
        return IntStream.range(0, budgets.size())
                .filter(i -> Math.abs(i - place) <= 1 || budgets.get(i) == present())
                .mapToObj(budgets::get)
                .toList();
    }
}
