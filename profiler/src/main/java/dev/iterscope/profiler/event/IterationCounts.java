package dev.iterscope.profiler.event;

/// What is known of a step once it is planned: the batch, the KV cache and the queues. The same figures stand in
/// [IterationEvent] and in the step's NVTX text.
///
/// An interface, so that an engine can show its own plan record through one reused view and allocate nothing per step.
/// Each method must be cheap and must not depend on the number of requests: the counts are kept while planning.
public interface IterationCounts {

    /// Number of the step in its engine: the first is 1, each one more than the step before.
    int iteration();

    /// Requests in the context phase; a resumed request counts as context until it has caught up.
    int contextRequests();

    /// Tokens computed in this step for context requests, without prefix-cache hits.
    int contextTokens();

    /// Requests in the generation phase.
    int generationRequests();

    /// Tokens computed in this step for generation requests.
    int generationTokens();

    /// KV blocks that live requests hold after planning, shared ones counted once.
    int kvBlocksUsed();

    /// KV blocks that requests can hold, without the null block; 0 for a model without a KV cache.
    int kvBlocksTotal();

    /// Live tokens in the used blocks, shared ones counted once.
    int kvTokensHeld();

    /// Admitted requests.
    int runningRequests();

    /// Requests that wait for admission, the preempted ones included.
    int waitingRequests();

    /// Requests preempted while this step was planned.
    int preemptions();

    /// Share of the KV blocks in use, 0 to 1; 0 where there are none.
    default float kvUsage() {
        int total = kvBlocksTotal();
        return total == 0 ? 0f : (float) ((double) kvBlocksUsed() / total);
    }
}
