package dev.iterscope.engine.schedule;

/// What the scheduler answers to a request that was handed to it.
public sealed interface Admission {

    /// The request waits for its turn and will end.
    ///
    /// @param sequence its state from now on
    record Accepted(Sequence sequence) implements Admission {}

    /// The request can never run.
    ///
    /// @param reason why, in words
    record Rejected(String reason) implements Admission {}
}
