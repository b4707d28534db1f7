package dev.iterscope.projection.importer.source;

import dev.iterscope.projection.recording.IterationDetail;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The details of a step under construction: see [IterationDraft].
public final class DetailDraft {

    private static final int TOKEN_BUDGET = 0;
    private static final int KV_TOKENS_ALLOCATED = 1;
    private static final int CONTEXT_KV_TOKENS = 2;
    private static final int GENERATION_KV_TOKENS = 3;
    private static final int MAX_KV_LENGTH = 4;
    private static final int QUEUED_CONTEXT_TOKENS = 5;
    private static final int QUEUED_KV_TOKENS = 6;
    private static final int RECOMPUTED_TOKENS = 7;
    private static final int PREFIX_QUERIED_TOKENS = 8;
    private static final int PREFIX_HIT_TOKENS = 9;
    private static final int ENCODER_INPUTS = 10;
    private static final int ENCODER_TOKENS = 11;
    private static final int DRAFT_TOKENS = 12;
    private static final int ACCEPTED_TOKENS = 13;
    private static final int PADDED_TOKENS = 14;
    private static final int IN_FLIGHT = 15;
    private static final int SCHEDULE_NANOS = 16;
    private static final int SUBMIT_TO_RESULT_NANOS = 17;
    private static final int RESULT_WAIT_NANOS = 18;
    private static final int UPDATE_NANOS = 19;
    private static final int IDLE_BEFORE_NANOS = 20;
    private static final int CONTEXT_ATTENTION_PAIRS = 0;
    private static final int CONTEXT_LENGTH_VARIANCE = 1;
    private static final int GENERATION_KV_VARIANCE = 2;

    private final long[] counts = new long[IDLE_BEFORE_NANOS + 1];
    private final double[] reals = new double[GENERATION_KV_VARIANCE + 1];
    private @Nullable String graphMode;
    private boolean said = true;

    DetailDraft() {
        clear();
    }

    /// Forgets everything.
    void clear() {
        if (said) {
            Arrays.fill(counts, Known.UNSAID);
            Arrays.fill(reals, Double.NaN);
            graphMode = null;
            said = false;
        }
    }

    /// Takes over all details.
    public void from(IterationDetail detail) {
        clear();
        tokenBudget(detail.tokenBudget().orElse(Known.UNSAID));
        kvTokensAllocated(detail.kvTokensAllocated().orElse(Known.UNSAID));
        contextKvTokens(detail.contextKvTokens().orElse(Known.UNSAID));
        contextAttentionPairs(detail.contextAttentionPairs().orElse(Double.NaN));
        contextLengthVariance(detail.contextLengthVariance().orElse(Double.NaN));
        generationKvTokens(detail.generationKvTokens().orElse(Known.UNSAID));
        generationKvVariance(detail.generationKvVariance().orElse(Double.NaN));
        maxKvLength(detail.maxKvLength().orElse(Known.UNSAID));
        queuedContextTokens(detail.queuedContextTokens().orElse(Known.UNSAID));
        queuedKvTokens(detail.queuedKvTokens().orElse(Known.UNSAID));
        recomputedTokens(detail.recomputedTokens().orElse(Known.UNSAID));
        prefixQueriedTokens(detail.prefixQueriedTokens().orElse(Known.UNSAID));
        prefixHitTokens(detail.prefixHitTokens().orElse(Known.UNSAID));
        encoderInputs(detail.encoderInputs().orElse(Known.UNSAID));
        encoderTokens(detail.encoderTokens().orElse(Known.UNSAID));
        draftTokens(detail.draftTokens().orElse(Known.UNSAID));
        acceptedTokens(detail.acceptedTokens().orElse(Known.UNSAID));
        paddedTokens(detail.paddedTokens().orElse(Known.UNSAID));
        graphMode(detail.graphMode().orElse(null));
        inFlight(detail.inFlight().orElse(Known.UNSAID));
        scheduleNanos(detail.scheduleNanos().orElse(Known.UNSAID));
        submitToResultNanos(detail.submitToResultNanos().orElse(Known.UNSAID));
        resultWaitNanos(detail.resultWaitNanos().orElse(Known.UNSAID));
        updateNanos(detail.updateNanos().orElse(Known.UNSAID));
        idleBeforeNanos(detail.idleBeforeNanos().orElse(Known.UNSAID));
        said = true;
    }

    /// How kernels were launched.
    public DetailDraft graphMode(@Nullable String value) {
        if (value != null && !value.isBlank()) {
            graphMode = value;
            said = true;
        }
        return this;
    }

    /// See [IterationDetail#tokenBudget()].
    public DetailDraft tokenBudget(long value) {
        return say(TOKEN_BUDGET, value);
    }

    /// See [IterationDetail#kvTokensAllocated()].
    public DetailDraft kvTokensAllocated(long value) {
        return say(KV_TOKENS_ALLOCATED, value);
    }

    /// See [IterationDetail#contextKvTokens()].
    public DetailDraft contextKvTokens(long value) {
        return say(CONTEXT_KV_TOKENS, value);
    }

    /// See [IterationDetail#contextAttentionPairs()].
    public DetailDraft contextAttentionPairs(double value) {
        return say(CONTEXT_ATTENTION_PAIRS, value);
    }

    /// See [IterationDetail#contextLengthVariance()].
    public DetailDraft contextLengthVariance(double value) {
        return say(CONTEXT_LENGTH_VARIANCE, value);
    }

    /// See [IterationDetail#generationKvTokens()].
    public DetailDraft generationKvTokens(long value) {
        return say(GENERATION_KV_TOKENS, value);
    }

    /// See [IterationDetail#generationKvVariance()].
    public DetailDraft generationKvVariance(double value) {
        return say(GENERATION_KV_VARIANCE, value);
    }

    /// See [IterationDetail#maxKvLength()].
    public DetailDraft maxKvLength(long value) {
        return say(MAX_KV_LENGTH, value);
    }

    /// See [IterationDetail#queuedContextTokens()].
    public DetailDraft queuedContextTokens(long value) {
        return say(QUEUED_CONTEXT_TOKENS, value);
    }

    /// See [IterationDetail#queuedKvTokens()].
    public DetailDraft queuedKvTokens(long value) {
        return say(QUEUED_KV_TOKENS, value);
    }

    /// See [IterationDetail#recomputedTokens()].
    public DetailDraft recomputedTokens(long value) {
        return say(RECOMPUTED_TOKENS, value);
    }

    /// See [IterationDetail#prefixQueriedTokens()].
    public DetailDraft prefixQueriedTokens(long value) {
        return say(PREFIX_QUERIED_TOKENS, value);
    }

    /// See [IterationDetail#prefixHitTokens()].
    public DetailDraft prefixHitTokens(long value) {
        return say(PREFIX_HIT_TOKENS, value);
    }

    /// See [IterationDetail#encoderInputs()].
    public DetailDraft encoderInputs(long value) {
        return say(ENCODER_INPUTS, value);
    }

    /// See [IterationDetail#encoderTokens()].
    public DetailDraft encoderTokens(long value) {
        return say(ENCODER_TOKENS, value);
    }

    /// See [IterationDetail#draftTokens()].
    public DetailDraft draftTokens(long value) {
        return say(DRAFT_TOKENS, value);
    }

    /// See [IterationDetail#acceptedTokens()].
    public DetailDraft acceptedTokens(long value) {
        return say(ACCEPTED_TOKENS, value);
    }

    /// See [IterationDetail#paddedTokens()].
    public DetailDraft paddedTokens(long value) {
        return say(PADDED_TOKENS, value);
    }

    /// See [IterationDetail#inFlight()].
    public DetailDraft inFlight(long value) {
        return say(IN_FLIGHT, value);
    }

    /// See [IterationDetail#scheduleNanos()].
    public DetailDraft scheduleNanos(long value) {
        return say(SCHEDULE_NANOS, value);
    }

    /// See [IterationDetail#submitToResultNanos()].
    public DetailDraft submitToResultNanos(long value) {
        return say(SUBMIT_TO_RESULT_NANOS, value);
    }

    /// See [IterationDetail#resultWaitNanos()].
    public DetailDraft resultWaitNanos(long value) {
        return say(RESULT_WAIT_NANOS, value);
    }

    /// See [IterationDetail#updateNanos()].
    public DetailDraft updateNanos(long value) {
        return say(UPDATE_NANOS, value);
    }

    /// See [IterationDetail#idleBeforeNanos()].
    public DetailDraft idleBeforeNanos(long value) {
        return say(IDLE_BEFORE_NANOS, value);
    }

    /// The details as said, if any were.
    Optional<IterationDetail> build() {
        return said
                ? Optional.of(new IterationDetail(
                        Known.of(counts[TOKEN_BUDGET]),
                        Known.of(counts[KV_TOKENS_ALLOCATED]),
                        Known.of(counts[CONTEXT_KV_TOKENS]),
                        Known.of(reals[CONTEXT_ATTENTION_PAIRS]),
                        Known.of(reals[CONTEXT_LENGTH_VARIANCE]),
                        Known.of(counts[GENERATION_KV_TOKENS]),
                        Known.of(reals[GENERATION_KV_VARIANCE]),
                        Known.of(counts[MAX_KV_LENGTH]),
                        Known.of(counts[QUEUED_CONTEXT_TOKENS]),
                        Known.of(counts[QUEUED_KV_TOKENS]),
                        Known.of(counts[RECOMPUTED_TOKENS]),
                        Known.of(counts[PREFIX_QUERIED_TOKENS]),
                        Known.of(counts[PREFIX_HIT_TOKENS]),
                        Known.of(counts[ENCODER_INPUTS]),
                        Known.of(counts[ENCODER_TOKENS]),
                        Known.of(counts[DRAFT_TOKENS]),
                        Known.of(counts[ACCEPTED_TOKENS]),
                        Known.of(counts[PADDED_TOKENS]),
                        Optional.ofNullable(graphMode),
                        Known.of(counts[IN_FLIGHT]),
                        Known.of(counts[SCHEDULE_NANOS]),
                        Known.of(counts[SUBMIT_TO_RESULT_NANOS]),
                        Known.of(counts[RESULT_WAIT_NANOS]),
                        Known.of(counts[UPDATE_NANOS]),
                        Known.of(counts[IDLE_BEFORE_NANOS])))
                : Optional.empty();
    }

    private DetailDraft say(int place, long value) {
        if (value >= 0) {
            counts[place] = value;
            said = true;
        }
        return this;
    }

    private DetailDraft say(int place, double value) {
        if (value >= 0 && value < Double.POSITIVE_INFINITY) {
            reals[place] = value;
            said = true;
        }
        return this;
    }
}
