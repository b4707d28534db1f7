package dev.iterscope.engine.step;

/// The time that a step loop lives by: the wall clock in the engine, a virtual one in a simulation. Monotone.
public interface StepClock {

    /// Nanoseconds since the run's start.
    long nanos();

    /// Returns when [#nanos()] has reached `nanos`, or earlier when new work arrived from outside.
    void waitUntil(long nanos);
}
