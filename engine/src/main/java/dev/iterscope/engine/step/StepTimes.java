package dev.iterscope.engine.step;

import dev.iterscope.engine.schedule.StepPlan;

/// Predicts what a step costs. Implementations are pure, allocate nothing, and never return a time below 1 ns (a clock that
/// stands still would never end a simulation).
public interface StepTimes {

    /// Time the device needs for the plan, nanoseconds, at least 1.
    long deviceNanos(StepPlan plan);

    /// Time the host needs around it (planning, launching, taking in the result), nanoseconds, at least 0. It hides behind the
    /// device time when scheduling is asynchronous.
    long hostNanos(StepPlan plan);
}
