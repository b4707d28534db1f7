package dev.iterscope.profiler.live;

import dev.iterscope.profiler.event.IterationCounts;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;

/// A step as the event stream shows it.
///
/// @param end when its result was there
/// @param duration the part of the wall clock that was its own
/// @param detail what its detail event says; empty where detail events are switched off
public record LiveIteration(
        Instant end,
        Duration duration,
        int iteration,
        int contextRequests,
        int contextTokens,
        int generationRequests,
        int generationTokens,
        int kvBlocksUsed,
        int kvBlocksTotal,
        int kvTokensHeld,
        int runningRequests,
        int waitingRequests,
        int preemptions,
        Optional<Detail> detail) implements IterationCounts {

    /// What a consumer needs of a step's details.
    ///
    /// @param engine data-parallel rank
    /// @param kvTokensAllocated used blocks times block size
    /// @param recomputedTokens context tokens computed before already
    /// @param prefixQueriedTokens tokens looked up in the prefix cache
    /// @param prefixHitTokens tokens found there
    /// @param encoderInputs inputs encoded
    /// @param encoderTokens embeddings that came of them
    /// @param dummy an empty step that keeps ranks in lock step
    public record Detail(
            int engine,
            OptionalInt kvTokensAllocated,
            OptionalInt recomputedTokens,
            OptionalInt prefixQueriedTokens,
            OptionalInt prefixHitTokens,
            int encoderInputs,
            int encoderTokens,
            boolean dummy) {}
}
