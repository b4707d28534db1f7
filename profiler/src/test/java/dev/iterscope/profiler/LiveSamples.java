package dev.iterscope.profiler;

import dev.iterscope.profiler.live.LiveIteration;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;

/// Steps as a consumer of the event stream gets them.
public final class LiveSamples {

    private LiveSamples() {}

    /// A step with the given counts and without details.
    public static LiveIteration iteration(TestCounts counts, Instant end, Duration duration) {
        return new LiveIteration(
                end,
                duration,
                counts.iteration(),
                counts.contextRequests(),
                counts.contextTokens(),
                counts.generationRequests(),
                counts.generationTokens(),
                counts.kvBlocksUsed(),
                counts.kvBlocksTotal(),
                counts.kvTokensHeld(),
                counts.runningRequests(),
                counts.waitingRequests(),
                counts.preemptions(),
                Optional.empty());
    }

    /// The same step with details.
    public static LiveIteration with(LiveIteration step, LiveIteration.Detail detail) {
        return new LiveIteration(
                step.end(),
                step.duration(),
                step.iteration(),
                step.contextRequests(),
                step.contextTokens(),
                step.generationRequests(),
                step.generationTokens(),
                step.kvBlocksUsed(),
                step.kvBlocksTotal(),
                step.kvTokensHeld(),
                step.runningRequests(),
                step.waitingRequests(),
                step.preemptions(),
                Optional.of(detail));
    }

    /// Details of rank 0 with prefix-cache figures.
    public static LiveIteration.Detail prefix(int queried, int hit, int recomputed) {
        return new LiveIteration.Detail(
                0,
                OptionalInt.empty(),
                OptionalInt.of(recomputed),
                OptionalInt.of(queried),
                OptionalInt.of(hit),
                0,
                0,
                false);
    }
}
