package dev.iterscope.projection.simulate;

import dev.iterscope.engine.kvcache.KvCacheConfig;
import dev.iterscope.engine.schedule.SchedulerConfig;
import dev.iterscope.engine.step.StepLoop.Launch;
import dev.iterscope.engine.step.StepObserver;
import dev.iterscope.engine.step.StepTimes;
import dev.iterscope.projection.workload.Workload;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/// Serves a workload with several ranks side by side on virtual clocks, in the order of time: whatever happens at a rank or a router is
/// decided by what had happened anywhere until then.
final class RankGroup {
    private final Router router;
    private final List<Rank> ranks = new ArrayList<>();
    /// The devices of coupled ranks; null where each has its own.
    private final @Nullable LockStep lockStep;

    /// @param size      how many ranks, and whether they wait for each other
    /// @param config    limits and policies of each rank
    /// @param kvCache   the KV cache of each rank
    /// @param workload  what arrives when at all of them
    /// @param times     what steps cost
    /// @param observers is told of each rank's steps
    RankGroup(
            DataParallel size,
            SchedulerConfig config,
            KvCacheConfig kvCache,
            Workload workload,
            StepTimes times,
            IntFunction<StepObserver> observers) {
        router = new Router(workload);
        lockStep = size.coupled() ? new LockStep() : null;
        for (int i = 0; i < size.size(); i++) {
            VirtualClock clock = new VirtualClock();
            ranks.add(new Rank(
                    config,
                    kvCache,
                    router,
                    clock,
                    lockStep == null ? new PredictedExecutor(times, clock) : lockStep.executor(times, clock),
                    observers.apply(i)));
        }
        router.serve(ranks);
    }

    /// Serves everything.
    void run() {
        while (lockStep == null ? turn() : round(lockStep)) {
            // Everything happens in the turn.
        }
    }

    /// Lets the rank that is furthest back go on, after all requests sent until then were routed.
    private boolean turn() {
        Rank next = furthestBack();
        if (next == null) {
            return routeAfterAll();
        }
        // A request may wake a rank further back still.
        if (router.routeNext(next.nanos())) {
            return true;
        }
        Launch launch = next.launch();
        if (launch == Launch.FULL || launch == Launch.DRY) {
            next.takeOldest();
        }
        return true;
    }

    private @Nullable Rank furthestBack() {
        Rank found = null;
        for (Rank rank : ranks) {
            if (!rank.isIdle() && (found == null || rank.nanos() < found.nanos())) {
                found = rank;
            }
        }
        return found;
    }

    /// Every rank is idle: time goes on to what is sent next.
    private boolean routeAfterAll() {
        OptionalLong next = router.nextNanos();
        if (next.isEmpty()) {
            return false;
        }
        router.routeNext(next.getAsLong());
        return true;
    }

    /// One step of all ranks.
    private boolean round(LockStep devices) {
        if (furthestBack() == null) {
            return beginAfterAll();
        }
        List<Rank> order = ranks.stream().sorted(Comparator.comparingLong(Rank::nanos)).toList();
        List<Launch> launches = new ArrayList<>(order.size());
        for (Rank rank : order) {
            routeUntil(rank.nanos());
            launches.add(rank.launch());
        }
        boolean working = devices.hasWork();
        long end = working ? devices.close() : 0;
        for (int i = 0; i < order.size(); i++) {
            switch (launches.get(i)) {
                case FULL -> order.get(i).takeOldest();
                case DRY -> {
                    order.get(i).takeOldest();
                    order.get(i).waitUntil(end); // its empty step
                }
                case PREEMPTED, IDLE -> order.get(i).waitUntil(end);
                case SUBMITTED -> {
                    // The next launch goes on at once.
                }
            }
        }
        return true;
    }

    private boolean beginAfterAll() {
        if (!routeAfterAll()) {
            return false;
        }
        long begin = ranks.stream().filter(rank -> !rank.isIdle()).mapToLong(Rank::nanos).max().orElse(0);
        ranks.forEach(rank -> rank.waitUntil(begin));
        return true;
    }

    private void routeUntil(long nanos) {
        while (router.routeNext(nanos)) {
            // One after the other.
        }
    }
}
