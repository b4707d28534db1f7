package dev.iterscope.projection.bench;

import dev.iterscope.engine.model.ModelPresets;
import dev.iterscope.engine.schedule.StepPlan;
import dev.iterscope.engine.step.StepTimes;
import dev.iterscope.projection.model.IterationFit;
import dev.iterscope.projection.model.IterationModels;
import dev.iterscope.projection.model.IterationOptions;
import dev.iterscope.projection.model.kernel.KernelStepModel;
import dev.iterscope.projection.model.kernel.KernelStepOptions;
import dev.iterscope.projection.model.kernel.KernelTable;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// Predicting one step of a simulation: its time on the device and on the host. Steps are those of a served workload, so that batches
/// differ from call to call as they do in a sweep.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class StepPredictionBenchmark {
    /// `iteration`: fitted to a recording; `kernels`, `layers`: put together from tables of either layout.
    @Param({"iteration", "kernels", "layers"})
    private String model = "iteration";

    private StepPlan[] plans = {};
    private StepTimes times = new LinearTimes();
    private int next;

    /// Serves a workload to have its steps, and makes the model.
    @Setup
    public void prepare() {
        plans = ServedSteps.plans(4096).toArray(StepPlan[]::new);
        times = switch (model) {
            case "iteration" -> fitted();
            case "kernels" -> made(MadeUpGpu.kernels());
            default -> made(MadeUpGpu.layers());
        };
    }

    private static StepTimes fitted() {
        if (IterationModels.fit(ServedSteps.recording(2000), IterationOptions.DEFAULTS) instanceof IterationFit.Fitted fit) {
            return fit.model().point();
        }
        throw new IllegalStateException("the recording could not be fitted");
    }

    private static StepTimes made(List<KernelTable> tables) {
        if (KernelStepModel.of(tables, ModelPresets.find("llama-3.1-8b").orElseThrow(),
                KernelStepOptions.of(1)) instanceof KernelStepModel.Made.Model(KernelStepModel model)) {
            return model.point();
        }
        throw new IllegalStateException("a table is missing");
    }

    /// One step.
    @Benchmark
    public long step() {
        StepPlan plan = plans[next];
        next = next + 1 == plans.length ? 0 : next + 1;
        return times.deviceNanos(plan) + times.hostNanos(plan);
    }

    /// The floor: a sum of two products, in the same loop.
    @Benchmark
    public long floor() {
        StepPlan plan = plans[next];
        next = next + 1 == plans.length ? 0 : next + 1;
        return 1000L * plan.counts().scheduledTokens() + 500L * plan.counts().scheduledRequests();
    }
}
