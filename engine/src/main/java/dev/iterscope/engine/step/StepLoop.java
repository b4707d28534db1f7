package dev.iterscope.engine.step;

import dev.iterscope.engine.request.FinishReason;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.schedule.Admission;
import dev.iterscope.engine.schedule.Preemption;
import dev.iterscope.engine.schedule.Scheduler;
import dev.iterscope.engine.schedule.Sequence;
import dev.iterscope.engine.schedule.StepOutcome;
import dev.iterscope.engine.schedule.StepPlan;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/// Serves requests step by step: take arrivals and aborts, plan, submit, take in the result, tell the observer.
///
/// With asynchronous scheduling two steps are in flight, as in vLLM's `step_with_batch_queue`: the next step is planned and submitted
/// while the executor works on the previous one; the loop blocks for a result only when both places are taken or nothing can be
/// planned. Otherwise one step is in flight.
///
/// The engine and the simulation run this same class; they differ in clock, executor, arrivals and observer (invariant I8).
public final class StepLoop {

    /// A step on its way.
    private record Submitted(StepPlan plan, int inFlight, long submitNanos, long scheduleNanos) {}

    private final Scheduler scheduler;
    private final StepExecutor executor;
    private final StepClock clock;
    private final Arrivals arrivals;
    private final StepObserver observer;
    private final int depth;
    private final ArrayDeque<Submitted> inFlight = new ArrayDeque<>();
    /// Ended requests that a step in flight still computes.
    private final List<Sequence> unreleased = new ArrayList<>();
    private boolean anyResult;
    private long lastResultNanos;
    private long oldestStartNanos;

    /// A loop with two steps in flight if the scheduler is asynchronous, else one.
    public StepLoop(
            Scheduler scheduler, StepExecutor executor, StepClock clock, Arrivals arrivals, StepObserver observer) {
        this(scheduler, executor, clock, arrivals, observer, scheduler.config().asyncScheduling() ? 2 : 1);
    }

    /// A loop with up to `depth` steps in flight. More than one without asynchronous scheduling is what pipeline parallelism does:
    /// a request waits for its result, others fill the next step.
    public StepLoop(
            Scheduler scheduler,
            StepExecutor executor,
            StepClock clock,
            Arrivals arrivals,
            StepObserver observer,
            int depth) {
        if (depth < 1) {
            throw new IllegalArgumentException("at least one step must be in flight: " + depth);
        }
        this.scheduler = scheduler;
        this.executor = executor;
        this.clock = clock;
        this.arrivals = arrivals;
        this.observer = observer;
        this.depth = depth;
    }

    /// Runs until every request has ended and no further one will arrive.
    ///
    /// @throws IllegalStateException when requests are left that no step can serve: a defect of the scheduler
    public void run() {
        while (turn()) {
            // Everything happens in the turn.
        }
    }

    /// One turn: plans and submits a step if one can be, takes in the oldest result if it must, or waits for an arrival.
    ///
    /// @return false when every request has ended and no further one will arrive
    public boolean turn() {
        switch (launch()) {
            case SUBMITTED, PREEMPTED -> {
                // The next turn goes on at once.
            }
            case FULL, DRY -> takeOldest();
            case IDLE -> {
                return awaitArrival();
            }
        }
        return true;
    }

    /// What the first half of a turn came to.
    public enum Launch {
        /// A step was submitted, and there is room for another.
        SUBMITTED,
        /// A step was submitted, and all places are taken: [#takeOldest] is due.
        FULL,
        /// No step can be planned before a result is there: [#takeOldest] is due.
        DRY,
        /// No step was submitted, but requests gave up their blocks: the next launch has work.
        PREEMPTED,
        /// There is no request.
        IDLE
    }

    /// The first half of a turn: takes arrivals, plans a step and submits it if one can be. Never waits. For those who drive several loops
    /// side by side.
    ///
    /// @throws IllegalStateException when requests are left that no step can serve: a defect of the scheduler
    public Launch launch() {
        takeArrivals(clock.nanos());
        StepPlan plan = scheduler.unfinished() > 0 ? planAndSubmit() : null;
        if (plan != null && !plan.isEmpty()) {
            return inFlight.size() < depth ? Launch.SUBMITTED : Launch.FULL;
        }
        if (!inFlight.isEmpty()) {
            return Launch.DRY;
        }
        if (plan == null) {
            return Launch.IDLE;
        }
        // A step that only preempts is empty, yet the next one has work.
        if (plan.preemptions().isEmpty()) {
            throw new IllegalStateException("no step can be planned for " + scheduler.unfinished() + " unfinished requests");
        }
        return Launch.PREEMPTED;
    }

    /// The second half of a turn: waits for the oldest step in flight and takes in its result.
    ///
    /// @throws java.util.NoSuchElementException when no step is in flight
    public void takeOldest() {
        takeIn(inFlight.remove());
    }

    private boolean awaitArrival() {
        if (arrivals.exhausted()) {
            return false;
        }
        OptionalLong next = arrivals.nextNanos();
        clock.waitUntil(next.orElse(Long.MAX_VALUE));
        return true;
    }

    private void takeArrivals(long now) {
        for (Request request = arrivals.poll(now); request != null; request = arrivals.poll(now)) {
            observer.arrived(request, now);
            if (scheduler.add(request) instanceof Admission.Rejected rejected) {
                observer.rejected(request, rejected.reason(), now);
                arrivals.ended(request, now);
            }
        }
        for (String id = arrivals.pollAbort(now); id != null; id = arrivals.pollAbort(now)) {
            scheduler.abort(id).ifPresent(sequence -> end(sequence, FinishReason.ABORT, now));
        }
    }

    /// Plans a step and submits it unless it is empty.
    private StepPlan planAndSubmit() {
        long begin = clock.nanos();
        StepPlan plan = scheduler.plan();
        long planned = clock.nanos();
        List<Preemption> preemptions = plan.preemptions();
        for (int i = 0; i < preemptions.size(); i++) {
            Preemption p = preemptions.get(i);
            observer.preempted(p.sequence(), p.blocksFreed(), p.tokensToRecompute(), planned);
        }
        if (plan.isEmpty()) {
            return plan;
        }
        observer.planned(plan, planned);
        long submit = clock.nanos();
        if (inFlight.isEmpty()) {
            start(plan, submit);
        }
        executor.submit(plan);
        inFlight.add(new Submitted(plan, inFlight.size() + 1, submit, planned - begin));
        return plan;
    }

    private void start(StepPlan plan, long now) {
        oldestStartNanos = now;
        observer.started(plan, now);
    }

    private void takeIn(Submitted step) {
        StepPlan plan = step.plan();
        long wait = clock.nanos();
        StepOutcome outcome = executor.awaitOldest();
        long result = clock.nanos();
        observer.resultReady(plan, result);
        long started = oldestStartNanos;
        Submitted following = inFlight.peek();
        if (following != null) {
            start(following.plan(), result);
        }
        List<Sequence> finished = scheduler.complete(plan, outcome);
        long updated = clock.nanos();
        long idle = anyResult ? Math.max(0, step.submitNanos() - lastResultNanos) : 0;
        anyResult = true;
        lastResultNanos = result;
        observer.completed(
                plan,
                outcome,
                new StepTiming(
                        plan.iteration(),
                        step.inFlight(),
                        started,
                        step.submitNanos(),
                        result,
                        step.scheduleNanos(),
                        result - wait,
                        updated - result,
                        idle));
        for (int i = 0; i < finished.size(); i++) {
            Sequence sequence = finished.get(i);
            end(sequence, reasonOf(sequence), result);
        }
        releasePassed();
    }

    private static FinishReason reasonOf(Sequence sequence) {
        return sequence.finishReason().orElseThrow();
    }

    private void end(Sequence sequence, FinishReason reason, long now) {
        observer.finished(sequence, reason, now);
        arrivals.ended(sequence.request(), now);
        if (sequence.plansInFlight() == 0) {
            executor.release(sequence.request());
        } else {
            unreleased.add(sequence);
        }
    }

    private void releasePassed() {
        for (int i = unreleased.size() - 1; i >= 0; i--) {
            if (unreleased.get(i).plansInFlight() == 0) {
                executor.release(unreleased.remove(i).request());
            }
        }
    }
}
