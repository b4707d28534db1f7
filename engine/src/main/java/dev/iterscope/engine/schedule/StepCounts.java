package dev.iterscope.engine.schedule;

/// What a step does, in numbers: the fields of the events `iterscope.Iteration` and `iterscope.IterationDetail` that are known
/// when the step has been planned, and the input of iteration-level performance models. KV figures are taken after the step was
/// planned, before its outcome.
///
/// A request counts as context until it has computed all tokens it had when it was (re)admitted; a resumed request is context
/// work again.
///
/// @param contextRequests       requests with context work
/// @param contextTokens         context tokens computed; prefix hits excluded
/// @param generationRequests    requests that generate
/// @param generationTokens      tokens computed for them; more than their number only with draft tokens
/// @param kvBlocksUsed          blocks held by live requests, shared ones counted once
/// @param kvBlocksTotal         usable blocks
/// @param kvTokensHeld          tokens in used blocks: used blocks x block size less the unfilled ends
/// @param runningRequests       requests admitted and not finished
/// @param waitingRequests       requests waiting, preempted ones included
/// @param preemptions           requests preempted while planning this step
/// @param tokenBudget           most tokens the step could have
/// @param blockSize             tokens in a block
/// @param contextKvTokens       KV tokens read for context requests that were there before the step (hits, earlier chunks)
/// @param contextAttentionPairs sum over context chunks of query x key pairs: n x before + n (n + 1) / 2
/// @param contextLengthVariance population variance of the full prompt lengths of context requests, tokens²
/// @param generationKvTokens    KV tokens read for generation requests (before the step)
/// @param generationKvVariance  population variance of those lengths, tokens²
/// @param maxKvLength           longest sequence in the step after it, tokens
/// @param queuedContextTokens   context tokens of waiting requests
/// @param queuedKvTokens        KV tokens that preempted waiting requests had
/// @param recomputedTokens      context tokens of this step that had been computed before a preemption
/// @param prefixQueriedTokens   tokens of requests first admitted in this step, looked up in the prefix cache; 0 without one.
///                              A resumed request is not counted again
/// @param prefixHitTokens       tokens found there
/// @param encoderInputs         encoder inputs computed in this step
/// @param encoderTokens         encoder tokens computed in this step
/// @param draftTokens           draft tokens scheduled for verification
public record StepCounts(
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
        int tokenBudget,
        int blockSize,
        int contextKvTokens,
        double contextAttentionPairs,
        double contextLengthVariance,
        int generationKvTokens,
        double generationKvVariance,
        int maxKvLength,
        int queuedContextTokens,
        int queuedKvTokens,
        int recomputedTokens,
        int prefixQueriedTokens,
        int prefixHitTokens,
        int encoderInputs,
        int encoderTokens,
        int draftTokens) {

    /// Context and generation tokens together.
    public int scheduledTokens() {
        return contextTokens + generationTokens;
    }

    /// Context and generation requests together.
    public int scheduledRequests() {
        return contextRequests + generationRequests;
    }

    /// Used share of the KV cache, 0..1; 0 where there is no cache.
    public float kvUsage() {
        return kvBlocksTotal == 0 ? 0 : (float) kvBlocksUsed / kvBlocksTotal;
    }

    /// Used blocks x block size: what vLLM's proposal prints as tokens.
    public int kvTokensAllocated() {
        return (int) Math.min(Integer.MAX_VALUE, (long) kvBlocksUsed * blockSize);
    }
}
