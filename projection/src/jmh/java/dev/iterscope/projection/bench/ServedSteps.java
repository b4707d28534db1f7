package dev.iterscope.projection.bench;

import dev.iterscope.engine.kvcache.KvCacheConfig;
import dev.iterscope.engine.schedule.SchedulerConfig;
import dev.iterscope.engine.schedule.StepCounts;
import dev.iterscope.engine.schedule.StepPlan;
import dev.iterscope.engine.step.StepObserver;
import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.IterationDetail;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.Settings;
import dev.iterscope.projection.recording.Timing;
import dev.iterscope.projection.simulate.Simulator;
import dev.iterscope.projection.workload.Workload;
import dev.iterscope.projection.workload.WorkloadOptions;
import dev.iterscope.projection.workload.Workloads;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SplittableRandom;

/// Steps of a served workload, and a recording of them.
final class ServedSteps {
    private ServedSteps() {}

    /// At least `count` steps: chats of 700 tokens in and 100 out, ten a second.
    static List<StepPlan> plans(int count) {
        Workload workload = Workloads.make(new WorkloadOptions(Optional.empty(), OptionalInt.of(Math.max(200, count / 4)),
                OptionalInt.of(700), OptionalInt.of(100), OptionalDouble.of(0.9), OptionalDouble.of(10), OptionalDouble.empty(),
                OptionalInt.empty(), Optional.empty(), 0, true), OptionalInt.empty());
        List<StepPlan> plans = new ArrayList<>(count);
        Simulator.run(new SchedulerConfig(2048, 256, 32768, true, 0, SchedulerConfig.Policy.FCFS, true, false, 0, 2048, true, 0),
                new KvCacheConfig(16, 20_000, false, KvCacheConfig.FreeOrder.APPEND_ALL), workload, new LinearTimes(), new StepObserver() {
                    @Override
                    public void planned(StepPlan plan, long nowNanos) {
                        if (plans.size() < count && !plan.isEmpty()) {
                            plans.add(plan);
                        }
                    }
                });
        return plans;
    }

    /// A recording of `count` steps, 2 % of noise on their times; the served steps over and over.
    static Recording recording(int count) {
        List<StepPlan> plans = plans(Math.min(count, 8000));
        SplittableRandom random = new SplittableRandom(1);
        List<Iteration> steps = new ArrayList<>(count);
        long now = 0;
        for (int i = 0; i < count; i++) {
            StepCounts counts = plans.get(i % plans.size()).counts();
            long nanos = Math.round(LinearTimes.nanos(counts) * (1 + 0.02 * random.nextGaussian()));
            steps.add(new Iteration(0, OptionalLong.of(i), OptionalLong.of(now), OptionalLong.of(now + nanos), OptionalLong.of(nanos),
                    counts.contextRequests(), counts.contextTokens(), counts.generationRequests(), counts.generationTokens(),
                    Optional.empty(), OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty(), Optional.of(detail(counts)),
                    Set.of()));
            now += nanos;
        }
        return new Recording("jfr", List.of("made.jfr"), Settings.UNKNOWN, List.of(), steps, List.of(), List.of(), List.of(), List.of(),
                List.of(), new Timing(Timing.Basis.STEP, 1), List.of());
    }

    private static IterationDetail detail(StepCounts counts) {
        OptionalLong none = OptionalLong.empty();
        return new IterationDetail(none, none, none, OptionalDouble.of(counts.contextAttentionPairs()), OptionalDouble.empty(),
                OptionalLong.of(counts.generationKvTokens()), OptionalDouble.empty(), none, none, none, none, none, none, none, none, none,
                none, none, Optional.empty(), none, none, none, none, none, none);
    }
}
