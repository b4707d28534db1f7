package dev.iterscope.engine.step;

import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.schedule.StepOutcome;
import dev.iterscope.engine.schedule.StepPlan;

/// Executes plans in the order of their submission: a backend in the engine, a performance model in a simulation.
public interface StepExecutor {

    /// Hands over a plan. Returns when it is queued; a synchronous executor may also execute it here.
    void submit(StepPlan plan);

    /// Waits for the oldest submitted plan and returns its outcome. Must follow a [#submit] that it has not answered yet.
    StepOutcome awaitOldest();

    /// The request has ended: nothing of it will be submitted again.
    default void release(Request request) {}
}
