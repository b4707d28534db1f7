package dev.iterscope.engine.schedule;

import dev.iterscope.engine.request.FinishReason;
import dev.iterscope.engine.request.StopRules;
import org.jspecify.annotations.Nullable;

/// Decides after each output token whether a sequence ends, in vLLM's order: below `minTokens` nothing stops; end of sequence; stop
/// tokens; length.
///
/// One difference: the model's length ends a sequence below `minTokens` too. vLLM would keep a request that can no longer be scheduled.
final class StopCheck {
    private StopCheck() {}

    static @Nullable FinishReason afterToken(Sequence sequence, int token, int maxModelLen) {
        if (sequence.lengthOnly) {
            return sequence.tokens >= sequence.mostTokens ? FinishReason.LENGTH : null;
        }
        if (sequence.tokens >= maxModelLen) {
            return reasonAtModelEnd(sequence, token);
        }
        StopRules rules = sequence.request().stopRules();
        if (sequence.outputTokens() < rules.minTokens()) {
            return null;
        }
        if (stops(rules, token)) {
            return FinishReason.STOP;
        }
        return sequence.tokens >= sequence.endTokens ? FinishReason.LENGTH : null;
    }

    private static FinishReason reasonAtModelEnd(Sequence sequence, int token) {
        StopRules rules = sequence.request().stopRules();
        return sequence.outputTokens() >= rules.minTokens() && stops(rules, token) ? FinishReason.STOP : FinishReason.LENGTH;
    }

    private static boolean stops(StopRules rules, int token) {
        return (rules.eosTokenId().isPresent() && rules.eosTokenId().getAsInt() == token)
                || rules.stopTokenIds().contains(token);
    }
}
