package dev.iterscope.projection.simulate;

import dev.iterscope.engine.kvcache.KvCacheConfig;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.schedule.Scheduler;
import dev.iterscope.engine.schedule.SchedulerConfig;
import dev.iterscope.engine.step.Arrivals;
import dev.iterscope.engine.step.StepExecutor;
import dev.iterscope.engine.step.StepLoop;
import dev.iterscope.engine.step.StepLoop.Launch;
import dev.iterscope.engine.step.StepObserver;
import java.util.ArrayDeque;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// One data-parallel rank: an engine of its own, whose requests a [Router] sends.
///
/// A rank runs ahead of the others by up to a step: while it waits for a result, its load is what it was after planning.
final class Rank implements Arrivals {
    /// Requests waiting and running.
    private record Load(int waiting, int running) {}

    private final Router router;
    private final Scheduler scheduler;
    private final VirtualClock clock;
    private final StepLoop loop;
    private final ArrayDeque<Request> inbox = new ArrayDeque<>();
    private Load afterLaunch = new Load(0, 0);
    private Load afterResult = afterLaunch;
    private boolean idle = true;

    Rank(
            SchedulerConfig config,
            KvCacheConfig kvCache,
            Router router,
            VirtualClock clock,
            StepExecutor executor,
            StepObserver observer) {
        this.router = router;
        this.clock = clock;
        this.scheduler = new Scheduler(config, kvCache);
        this.loop = new StepLoop(scheduler, executor, clock, this, observer);
    }

    /// Whether it has nothing to do until a request is sent to it.
    boolean isIdle() {
        return idle;
    }

    long nanos() {
        return clock.nanos();
    }

    /// Lets time pass; nothing else can happen in between.
    void waitUntil(long nanos) {
        clock.waitUntil(nanos);
    }

    /// Requests waiting here at a time at which no later step was planned; those sent and not taken in yet are waiting too.
    long waitingAt(long nanos) {
        return loadAt(nanos).waiting() + (long) inbox.size();
    }

    /// Requests running here at such a time.
    long runningAt(long nanos) {
        return loadAt(nanos).running();
    }

    private Load loadAt(long nanos) {
        return nanos >= clock.nanos() ? afterResult : afterLaunch;
    }

    /// A request is sent here.
    void take(Request request) {
        if (idle) {
            clock.waitUntil(request.arrivalNanos());
            idle = false;
        }
        inbox.add(request);
    }

    /// Plans and submits a step if one can be.
    Launch launch() {
        Launch launch = loop.launch();
        idle = launch == Launch.IDLE;
        afterLaunch = load();
        afterResult = afterLaunch;
        return launch;
    }

    /// Waits for the oldest result and takes it in.
    void takeOldest() {
        loop.takeOldest();
        afterResult = load();
    }

    private Load load() {
        return new Load(scheduler.waitingCount(), scheduler.runningCount());
    }

    @Override
    public OptionalLong nextNanos() {
        return inbox.isEmpty() ? OptionalLong.empty() : OptionalLong.of(inbox.element().arrivalNanos());
    }

    @Override
    public @Nullable Request poll(long nowNanos) {
        // A request that was just rejected may have made room for the next.
        while (inbox.isEmpty() && router.routeNext(nowNanos)) {
            // It may have gone to another rank.
        }
        return !inbox.isEmpty() && inbox.element().arrivalNanos() <= nowNanos ? inbox.remove() : null;
    }

    @Override
    public boolean exhausted() {
        return inbox.isEmpty();
    }

    @Override
    public void ended(Request request, long nowNanos) {
        router.ended(request, nowNanos);
    }
}
