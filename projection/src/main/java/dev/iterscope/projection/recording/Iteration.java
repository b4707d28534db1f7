package dev.iterscope.projection.recording;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;

/// One engine step as a source recorded it. What a source did not say is empty, never zero.
///
/// @param engine             data-parallel rank, 0 where there is one engine
/// @param number             the source's own step number
/// @param startNanos         start of the step's own time on the recording's clock
/// @param endNanos           when its result was there, on the recording's clock; log lines give it in whole seconds
/// @param elapsedNanos       what the source calls the step's time. Under asynchronous scheduling a vLLM log's value is only the
///                           wait for the result: see [Timing]
/// @param contextRequests    requests with context work
/// @param contextTokens      context tokens computed, prefix hits excluded
/// @param generationRequests requests that generate
/// @param generationTokens   tokens computed for them
/// @param kv                 KV-cache usage
/// @param runningRequests    requests admitted and not finished
/// @param waitingRequests    requests waiting
/// @param preemptions        requests preempted while the step was planned
/// @param detail             what only rich sources say
/// @param marks              what is special about it
public record Iteration(
        int engine,
        OptionalLong number,
        OptionalLong startNanos,
        OptionalLong endNanos,
        OptionalLong elapsedNanos,
        int contextRequests,
        int contextTokens,
        int generationRequests,
        int generationTokens,
        Optional<KvUsage> kv,
        OptionalLong runningRequests,
        OptionalLong waitingRequests,
        OptionalLong preemptions,
        Optional<IterationDetail> detail,
        Set<Mark> marks) {

    /// What is special about a step.
    public enum Mark {
        /// A data-parallel peer's empty step.
        DUMMY,
        /// Slow because something was done for the first time; left out of fits.
        COLD,
        /// Its time is that of another data-parallel rank's longer step, which it waited for; left out of fits.
        COUPLED,
        /// A garbage collection, safepoint or throttling fell into it; left out of fits.
        PAUSED
    }

    /// KV-cache usage, taken after the step was planned, before its outcome.
    ///
    /// @param share       used share, 0..1
    /// @param blocksUsed  blocks held by live requests
    /// @param blocksTotal usable blocks
    /// @param tokensHeld  live tokens; not what vLLM's proposal prints, which is used blocks x block size
    public record KvUsage(OptionalDouble share, OptionalLong blocksUsed, OptionalLong blocksTotal, OptionalLong tokensHeld) {}

    /// Context and generation tokens together.
    public int scheduledTokens() {
        return contextTokens + generationTokens;
    }

    /// The time that was the step's own, nanoseconds: between start and end where both are known, else what the source calls the
    /// step's time. Under [Timing.Basis#TIMESTAMPS] it is an average over the steps between two timestamps; empty where the recording
    /// does not allow one.
    public OptionalLong ownNanos() {
        return startNanos.isPresent() && endNanos.isPresent()
                ? OptionalLong.of(endNanos.getAsLong() - startNanos.getAsLong())
                : elapsedNanos;
    }

    /// Whether a fit may use the step: nothing made its time something else than that of its batch.
    public boolean isTypical() {
        return marks.isEmpty();
    }

    /// True for a data-parallel peer's empty step.
    public boolean isDummy() {
        return marks.contains(Mark.DUMMY);
    }
}
