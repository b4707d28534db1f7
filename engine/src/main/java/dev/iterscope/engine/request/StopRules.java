package dev.iterscope.engine.request;

import java.util.List;
import java.util.OptionalInt;

/// When a request's generation ends. Checked token by token in vLLM's order: below `minTokens` nothing stops; then end of
/// sequence, then stop tokens, then the length caps.
///
/// @param maxTokens    most output tokens, at least 1
/// @param minTokens    output tokens before which nothing stops, 0 ≤ minTokens ≤ maxTokens
/// @param eosTokenId   the model's end-of-sequence token; empty when it is to be ignored
/// @param stopTokenIds further tokens that end generation; they are part of the output
public record StopRules(int maxTokens, int minTokens, OptionalInt eosTokenId, List<Integer> stopTokenIds) {
    /// Checks the ranges and keeps an unmodifiable copy of the list.
    public StopRules {
        if (maxTokens < 1 || minTokens < 0 || minTokens > maxTokens) {
            throw new IllegalArgumentException("need 0 <= minTokens <= maxTokens and maxTokens >= 1: " + minTokens + ", " + maxTokens);
        }
        stopTokenIds = List.copyOf(stopTokenIds);
    }

    /// Exactly `maxTokens` output tokens, whatever they are.
    public static StopRules length(int maxTokens) {
        return new StopRules(maxTokens, 0, OptionalInt.empty(), List.of());
    }
}
