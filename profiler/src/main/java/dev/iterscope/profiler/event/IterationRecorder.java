package dev.iterscope.profiler.event;

/// Writes [IterationEvent] and [IterationDetailEvent] of each step, from the engine thread.
///
/// The engine loop tells it three moments of each step, in this order:
///
/// 1. [#started()] when its batch becomes the oldest in flight: at its submission, or at the result of the step before
///    if it was submitted earlier;
/// 2. [#resultArrived()] when its result is there;
/// 3. [#commit(IterationCounts, IterationDetails)] when the outcome was applied, before the result of the next step.
///
/// The next step may start before the commit, as it does with two batches in flight. So there are two event objects,
/// one that is open and one that waits for its commit, and they are reused for the life of the recorder. A step that was
/// under way when a recording started is left out of it, since its begin is not known.
///
/// Costs a few branches while nothing records. Not thread-safe: one per engine loop.
public final class IterationRecorder {

    private final IterationDetailEvent detail = new IterationDetailEvent();
    private OpenIteration open = new OpenIteration();
    private OpenIteration ended = new OpenIteration();

    /// A recorder for one engine loop.
    public IterationRecorder() {}

    /// Says whether anything records iterations now, so that the engine can leave out what only a recording needs.
    public boolean isRecording() {
        return open.event.isEnabled() || detail.isEnabled();
    }

    /// A step has the engine to itself from now on.
    public void started() {
        open.begin();
    }

    /// The result of the started step is there.
    public void resultArrived() {
        OpenIteration arrived = open;
        arrived.end();
        open = ended;
        ended = arrived;
    }

    /// Writes the events of the step whose result arrived last.
    public void commit(IterationCounts counts, IterationDetails details) {
        ended.commit(counts);
        if (detail.isEnabled()) {
            fill(detail, counts.iteration(), details);
            // Never begun, the reused object has no times: the commit reads the clock once and writes an instant.
            detail.commit();
        }
    }

    private static void fill(IterationDetailEvent event, int iteration, IterationDetails details) {
        event.iteration = iteration;
        event.engine = details.engine();
        event.tokenBudget = details.tokenBudget();
        event.kvTokensAllocated = details.kvTokensAllocated();
        event.contextKvTokens = details.contextKvTokens();
        event.contextAttentionPairs = details.contextAttentionPairs();
        event.contextLengthVariance = details.contextLengthVariance();
        event.generationKvTokens = details.generationKvTokens();
        event.generationKvVariance = details.generationKvVariance();
        event.maxKvLength = details.maxKvLength();
        event.queuedContextTokens = details.queuedContextTokens();
        event.queuedKvTokens = details.queuedKvTokens();
        event.recomputedTokens = details.recomputedTokens();
        event.prefixQueriedTokens = details.prefixQueriedTokens();
        event.prefixHitTokens = details.prefixHitTokens();
        event.encoderInputs = details.encoderInputs();
        event.encoderTokens = details.encoderTokens();
        event.draftTokens = details.draftTokens();
        event.acceptedTokens = details.acceptedTokens();
        event.paddedTokens = details.paddedTokens();
        event.graphMode = details.graphMode();
        event.inFlight = details.inFlight();
        event.scheduleTime = details.scheduleNanos();
        event.submitToResult = details.submitToResultNanos();
        event.resultWaitTime = details.resultWaitNanos();
        event.updateTime = details.updateNanos();
        event.idleBefore = details.idleBeforeNanos();
        event.dummy = details.dummy();
    }

    /// One reused event and whether its times are those of the step that it stands for.
    private static final class OpenIteration {

        private final IterationEvent event = new IterationEvent();
        private boolean begun;
        private boolean timed;

        void begin() {
            begun = event.isEnabled();
            if (begun) {
                event.begin();
            }
        }

        void end() {
            timed = begun && event.isEnabled();
            begun = false;
            if (timed) {
                event.end();
            }
        }

        void commit(IterationCounts counts) {
            if (timed && event.isEnabled()) {
                fill(counts);
                event.commit();
            }
            timed = false;
        }

        private void fill(IterationCounts counts) {
            event.iteration = counts.iteration();
            event.contextRequests = counts.contextRequests();
            event.contextTokens = counts.contextTokens();
            event.generationRequests = counts.generationRequests();
            event.generationTokens = counts.generationTokens();
            event.kvUsage = counts.kvUsage();
            event.kvBlocksUsed = counts.kvBlocksUsed();
            event.kvBlocksTotal = counts.kvBlocksTotal();
            event.kvTokensHeld = counts.kvTokensHeld();
            event.runningRequests = counts.runningRequests();
            event.waitingRequests = counts.waitingRequests();
            event.preemptions = counts.preemptions();
        }
    }
}
