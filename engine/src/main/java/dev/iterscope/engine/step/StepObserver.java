package dev.iterscope.engine.step;

import dev.iterscope.engine.request.FinishReason;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.schedule.Sequence;
import dev.iterscope.engine.schedule.StepOutcome;
import dev.iterscope.engine.schedule.StepPlan;

/// Is told what happens, on the thread of the step loop. Must not call back into the loop or the scheduler.
public interface StepObserver {
    /// Ignores everything.
    StepObserver NONE = new StepObserver() {};

    /// A request was handed to the scheduler.
    default void arrived(Request request, long nowNanos) {}

    /// A request will never run, for the reason given in words.
    default void rejected(Request request, String reason, long nowNanos) {}

    /// A plan has been made and is about to be submitted.
    default void planned(StepPlan plan, long nowNanos) {}

    /// A plan became the oldest in flight: from now on the wall clock is its own.
    default void started(StepPlan plan, long nowNanos) {}

    /// The plan's result is there, not yet taken in.
    default void resultReady(StepPlan plan, long nowNanos) {}

    /// A sequence lost its blocks while the plan was made; told before [#planned].
    default void preempted(Sequence sequence, int blocksFreed, int tokensToRecompute, long nowNanos) {}

    /// The plan's outcome has been taken in by the scheduler.
    default void completed(StepPlan plan, StepOutcome outcome, StepTiming timing) {}

    /// A request ended; told after [#completed] of the step that ended it.
    default void finished(Sequence sequence, FinishReason reason, long nowNanos) {}
}
