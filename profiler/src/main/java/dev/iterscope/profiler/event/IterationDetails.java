package dev.iterscope.profiler.event;

import org.jspecify.annotations.Nullable;

/// What is known of a step once its outcome has been applied, beyond [IterationCounts]: the fields of
/// [IterationDetailEvent], which documents each. Durations are in nanoseconds.
///
/// Implemented by the engine as one reused view. A method that is not overridden says that the engine does not know
/// the value, in the way of [Unknown]; counts of things that most engines do not have (encoder inputs, drafts) are 0.
public interface IterationDetails {

    /// Data-parallel rank.
    default int engine() {
        return 0;
    }

    /// Most tokens that this step was allowed to schedule.
    default int tokenBudget() {
        return Unknown.INT;
    }

    /// Used KV blocks times block size.
    default int kvTokensAllocated() {
        return Unknown.INT;
    }

    /// KV tokens that context requests read besides this step's own.
    default int contextKvTokens() {
        return Unknown.INT;
    }

    /// Query and key pairs of the context chunks.
    default double contextAttentionPairs() {
        return Unknown.DOUBLE;
    }

    /// Population variance of the whole prompt lengths of the context requests.
    default double contextLengthVariance() {
        return Unknown.DOUBLE;
    }

    /// KV tokens that generation requests read.
    default int generationKvTokens() {
        return Unknown.INT;
    }

    /// Population variance of the KV lengths of the generation requests.
    default double generationKvVariance() {
        return Unknown.DOUBLE;
    }

    /// Longest KV length in the batch.
    default int maxKvLength() {
        return Unknown.INT;
    }

    /// Prompt tokens of waiting requests that are still to be computed.
    default int queuedContextTokens() {
        return Unknown.INT;
    }

    /// KV tokens that preempted requests held and will need again.
    default int queuedKvTokens() {
        return Unknown.INT;
    }

    /// Tokens of this step that had been computed before a preemption.
    default int recomputedTokens() {
        return Unknown.INT;
    }

    /// Tokens looked up in the prefix cache.
    default int prefixQueriedTokens() {
        return Unknown.INT;
    }

    /// Tokens found in the prefix cache.
    default int prefixHitTokens() {
        return Unknown.INT;
    }

    /// Multi-modal inputs encoded in this step.
    default int encoderInputs() {
        return 0;
    }

    /// Embeddings that the encoder produced.
    default int encoderTokens() {
        return 0;
    }

    /// Speculative tokens proposed.
    default int draftTokens() {
        return 0;
    }

    /// Speculative tokens accepted.
    default int acceptedTokens() {
        return 0;
    }

    /// Tokens that the kernels ran over, padding included.
    default int paddedTokens() {
        return Unknown.INT;
    }

    /// NONE, PIECEWISE or FULL; null if not known.
    default @Nullable String graphMode() {
        return null;
    }

    /// Batches in flight just after this one was submitted, itself included.
    default int inFlight() {
        return Unknown.INT;
    }

    /// Time that planning took.
    default long scheduleNanos() {
        return Unknown.LONG;
    }

    /// Time from submission to result.
    default long submitToResultNanos() {
        return Unknown.LONG;
    }

    /// Time that the engine thread was blocked waiting for the result.
    default long resultWaitNanos() {
        return Unknown.LONG;
    }

    /// Time that applying the outcome took.
    default long updateNanos() {
        return Unknown.LONG;
    }

    /// Time with no batch in flight before this one was submitted.
    default long idleBeforeNanos() {
        return Unknown.LONG;
    }

    /// Whether this is an empty step of a data-parallel peer.
    default boolean dummy() {
        return false;
    }
}
