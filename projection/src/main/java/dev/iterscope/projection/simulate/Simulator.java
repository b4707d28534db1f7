package dev.iterscope.projection.simulate;

import dev.iterscope.engine.kvcache.KvCacheConfig;
import dev.iterscope.engine.request.FinishReason;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.schedule.Scheduler;
import dev.iterscope.engine.schedule.SchedulerConfig;
import dev.iterscope.engine.schedule.Sequence;
import dev.iterscope.engine.schedule.StepOutcome;
import dev.iterscope.engine.schedule.StepPlan;
import dev.iterscope.engine.step.StepLoop;
import dev.iterscope.engine.step.StepObserver;
import dev.iterscope.engine.step.StepTimes;
import dev.iterscope.engine.step.StepTiming;
import dev.iterscope.engine.step.WorkloadArrivals;
import dev.iterscope.projection.metrics.GoodputLimits;
import dev.iterscope.projection.metrics.MetricsCollector;
import dev.iterscope.projection.workload.Workload;

/// Serves a workload on a virtual clock: the engine's own [StepLoop], [Scheduler] and KV cache, with an executor that lets each step
/// take its predicted time. Deterministic; holds no more than the requests and the KV pool's bookkeeping.
public final class Simulator {
    private Simulator() {}

    /// Serves all of `workload`.
    ///
    /// @param scheduler limits and policies
    /// @param kvCache   the KV cache
    /// @param workload  what arrives when
    /// @param times     what steps cost
    /// @param limits    what a good request keeps
    public static SimulationResult run(
            SchedulerConfig scheduler, KvCacheConfig kvCache, Workload workload, StepTimes times, GoodputLimits limits) {
        MetricsCollector metrics = new MetricsCollector(workload.requests().size());
        StepSample sample = new StepSample();
        run(scheduler, kvCache, workload, times, new Both(metrics, sample));
        return new SimulationResult(metrics.metrics(limits), sample.counts());
    }

    /// Serves all of `workload` and tells `observer` of every step.
    public static void run(
            SchedulerConfig scheduler, KvCacheConfig kvCache, Workload workload, StepTimes times, StepObserver observer) {
        VirtualClock clock = new VirtualClock();
        new StepLoop(
                new Scheduler(scheduler, kvCache),
                new PredictedExecutor(times, clock),
                clock,
                new WorkloadArrivals(workload.requests(), workload.maxConcurrency()),
                observer)
                .run();
    }

    /// What a simulation tells its two readers.
    private record Both(MetricsCollector metrics, StepSample sample) implements StepObserver {
        @Override
        public void arrived(Request request, long nowNanos) {
            metrics.arrived(request, nowNanos);
        }

        @Override
        public void rejected(Request request, String reason, long nowNanos) {
            metrics.rejected(request, reason, nowNanos);
        }

        @Override
        public void planned(StepPlan plan, long nowNanos) {
            metrics.planned(plan, nowNanos);
            sample.planned(plan, nowNanos);
        }

        @Override
        public void completed(StepPlan plan, StepOutcome outcome, StepTiming timing) {
            metrics.completed(plan, outcome, timing);
        }

        @Override
        public void finished(Sequence sequence, FinishReason reason, long nowNanos) {
            metrics.finished(sequence, reason, nowNanos);
        }
    }
}
