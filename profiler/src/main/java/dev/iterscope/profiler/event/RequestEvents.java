package dev.iterscope.profiler.event;

/// Writes the events of a request's life: arrival, preemptions, end. Each is an instant of the thread that calls, so
/// call when it happens. Thread-safe; a branch while nothing records.
public final class RequestEvents {

    private RequestEvents() {}

    /// A request reached the engine.
    ///
    /// @param id identifier of the request
    /// @param promptTokens length of the prompt
    /// @param maxTokens most output tokens that it asks for
    /// @param priority lower is served first
    public static void arrived(String id, int promptTokens, int maxTokens, int priority) {
        arrived(id, promptTokens, maxTokens, priority, "");
    }

    /// A request reached the engine, with the content hashes of its prompt's full KV blocks, so that a replay can
    /// share prefixes as this run did.
    ///
    /// @param prefixHashes hexadecimal, in the order of the blocks, separated by spaces; may be empty
    public static void arrived(String id, int promptTokens, int maxTokens, int priority, String prefixHashes) {
        RequestArrivalEvent event = new RequestArrivalEvent();
        if (event.isEnabled()) {
            event.id = id;
            event.promptTokens = promptTokens;
            event.maxTokens = maxTokens;
            event.priority = priority;
            event.prefixHashes = prefixHashes;
            event.commit();
        }
    }

    /// A running request lost its KV blocks.
    ///
    /// @param id identifier of the request
    /// @param iteration number of the step whose planning preempted it
    /// @param blocksFreed blocks that became free
    /// @param tokensToRecompute computed tokens that were lost
    public static void preempted(String id, int iteration, int blocksFreed, int tokensToRecompute) {
        PreemptionEvent event = new PreemptionEvent();
        if (event.isEnabled()) {
            event.id = id;
            event.iteration = iteration;
            event.blocksFreed = blocksFreed;
            event.tokensToRecompute = tokensToRecompute;
            event.commit();
        }
    }

    /// A request came to its end.
    public static void finished(FinishedRequest request) {
        RequestEvent event = new RequestEvent();
        if (event.isEnabled()) {
            event.id = request.id();
            event.promptTokens = request.promptTokens();
            event.cachedTokens = request.cachedTokens();
            event.outputTokens = request.outputTokens();
            event.preemptions = request.preemptions();
            event.queueTime = Unknown.orUnknown(request.queueNanos());
            event.timeToFirstToken = Unknown.orUnknown(request.timeToFirstTokenNanos());
            event.meanTimePerOutputToken = Unknown.orUnknown(request.meanTimePerOutputTokenNanos());
            event.endToEnd = request.endToEndNanos();
            event.finishReason = request.finishReason();
            event.commit();
        }
    }

    /// Says whether request ends are recorded, so that a caller need not build a [FinishedRequest] for nothing.
    public static boolean isRecordingFinished() {
        return new RequestEvent().isEnabled();
    }
}
