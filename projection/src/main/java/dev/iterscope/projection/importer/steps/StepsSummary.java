package dev.iterscope.projection.importer.steps;

import dev.iterscope.projection.recording.Iteration;
import java.util.OptionalLong;

/// What steps are together, kept up while they are added: asking packed steps again would unpack them all.
public final class StepsSummary {

    private long firstNanos = Long.MAX_VALUE;
    private long lastEndNanos = Long.MIN_VALUE;
    private boolean everyEndKnown = true;
    private boolean inOrderOfEnds = true;
    private int largestContextBatch;
    private int timesReached;

    /// Of no steps yet.
    StepsSummary() {}

    /// Adds a step.
    void add(Iteration step) {
        OptionalLong end = step.endNanos();
        if (end.isPresent()) {
            inOrderOfEnds &= end.getAsLong() >= lastEndNanos;
            lastEndNanos = end.getAsLong();
        } else {
            everyEndKnown = false;
        }
        firstNanos = Math.min(firstNanos, step.startNanos().orElse(end.orElse(Long.MAX_VALUE)));
        int tokens = step.scheduledTokens();
        if (step.contextRequests() > 0 && tokens >= largestContextBatch) {
            timesReached = tokens > largestContextBatch ? 1 : timesReached + 1;
            largestContextBatch = tokens;
        }
    }

    /// The first time that a step says, its end where it does not say its start.
    public OptionalLong firstNanos() {
        return firstNanos == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(firstNanos);
    }

    /// Whether all steps say when they ended.
    public boolean everyEndKnown() {
        return everyEndKnown;
    }

    /// Whether no step ended before one that stands before it, as far as they say it.
    public boolean inOrderOfEnds() {
        return inOrderOfEnds;
    }

    /// The most tokens that a step with context work had; 0 without such a step.
    public int largestContextBatch() {
        return largestContextBatch;
    }

    /// How many steps had as many.
    public int timesReached() {
        return timesReached;
    }
}
