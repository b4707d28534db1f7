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
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

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

    /// Serves all of `workload` with several engines side by side.
    ///
    /// @param ranks     how many, and whether they wait for each other
    /// @param scheduler limits and policies of each engine
    /// @param kvCache   the KV cache of each engine
    /// @param workload  what arrives when at all of them together
    /// @param times     what steps of one engine cost
    /// @param limits    what a good request keeps
    public static SimulationResult run(
            DataParallel ranks,
            SchedulerConfig scheduler,
            KvCacheConfig kvCache,
            Workload workload,
            StepTimes times,
            GoodputLimits limits) {
        if (ranks.size() == 1) {
            return run(scheduler, kvCache, workload, times, limits);
        }
        long firstArrival = workload.requests().isEmpty() ? 0 : workload.requests().getFirst().arrivalNanos();
        List<MetricsCollector> collectors = new ArrayList<>();
        for (int i = 0; i < ranks.size(); i++) {
            collectors.add(MetricsCollector.ofRank(workload.requests().size() / ranks.size(), firstArrival));
        }
        StepSample sample = new StepSample();
        run(ranks, scheduler, kvCache, workload, times, rank -> new Both(collectors.get(rank), sample));
        return new SimulationResult(MetricsCollector.sum(collectors).metrics(limits), sample.counts());
    }

    /// Serves all of `workload` with several engines side by side and tells each one's observer of its steps.
    ///
    /// @param observers makes the observer of a rank, counted from 0
    public static void run(
            DataParallel ranks,
            SchedulerConfig scheduler,
            KvCacheConfig kvCache,
            Workload workload,
            StepTimes times,
            IntFunction<StepObserver> observers) {
        new RankGroup(ranks, scheduler, kvCache, workload, times, observers).run();
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
