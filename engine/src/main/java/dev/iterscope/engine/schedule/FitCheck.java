package dev.iterscope.engine.schedule;

import dev.iterscope.engine.kvcache.KvCacheConfig;
import dev.iterscope.engine.request.EncoderInput;
import dev.iterscope.engine.request.Request;
import java.util.Optional;

/// Says before a request is queued whether it can ever run to its end. vLLM makes sure of it when the engine starts (its KV cache
/// must hold one sequence of `max_model_len`); here the pool may be smaller, so each request is checked by itself. Without the
/// check such a request would block the head of the queue for ever.
final class FitCheck {
    private final SchedulerConfig config;
    private final KvCacheConfig kv;

    FitCheck(SchedulerConfig config, KvCacheConfig kv) {
        this.config = config;
        this.kv = kv;
    }

    /// Why the request can never run; empty when it can.
    Optional<String> reasonAgainst(Request request) {
        int prompt = request.promptTokens();
        if (prompt >= config.maxModelLen()) {
            return Optional.of("its prompt of " + prompt + " tokens leaves no room for output: max_model_len is " + config.maxModelLen());
        }
        long needed = mostKvTokens(request);
        if (needed > kv.capacityTokens()) {
            return Optional.of("it needs KV space for up to " + needed + " tokens (" + prompt + " of the prompt), the cache holds "
                    + kv.capacityTokens() + " (" + kv.usableBlocks() + " blocks of " + kv.blockSize() + ")");
        }
        int threshold = config.longPrefillTokenThreshold();
        int chunk = threshold > 0 ? Math.min(prompt, threshold) : prompt;
        if (!config.chunkedPrefill() && chunk > config.maxNumBatchedTokens()) {
            return Optional.of("its prompt of " + prompt + " tokens exceeds max_num_batched_tokens " + config.maxNumBatchedTokens()
                    + ", and chunked prefill is off");
        }
        return encoderReason(request);
    }

    private Optional<String> encoderReason(Request request) {
        for (EncoderInput input : request.encoderInputs()) {
            if (input.tokens() > config.encoderBudgetTokens()) {
                return Optional.of("its encoder input of " + input.tokens() + " tokens exceeds the encoder budget of "
                        + config.encoderBudgetTokens());
            }
            int threshold = config.longPrefillTokenThreshold();
            int chunk = threshold > 0 ? Math.min(threshold, config.maxNumBatchedTokens()) : config.maxNumBatchedTokens();
            if (!config.chunkedEncoderInputs() && input.tokens() > chunk) {
                return Optional.of("its encoder input of " + input.tokens() + " tokens exceeds the most tokens of a step, " + chunk
                        + ", and encoder inputs may not be split");
            }
        }
        return Optional.empty();
    }

    /// The last output token is never computed. Draft tokens reach beyond the known tokens, asynchronously twice.
    private long mostKvTokens(Request request) {
        long drafts = config.speculativeTokens() == 0 ? 0 : (config.asyncScheduling() ? 2L : 1L) * (config.speculativeTokens() + 1);
        long ownEnd = (long) request.promptTokens() + request.stopRules().maxTokens() - 1 + drafts;
        return Math.min(ownEnd, config.maxModelLen() - 1L);
    }
}
