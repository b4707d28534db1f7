package dev.iterscope.engine.request;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/// A request as it arrives; never changes. What becomes of it is the scheduler's `Sequence`.
///
/// @param id            unique within a run
/// @param prompt        the prompt's tokens
/// @param stopRules     when generation ends
/// @param sampling      how tokens are chosen
/// @param priority      lower runs first under the priority policy, ignored under FCFS
/// @param arrivalNanos  arrival on the run's clock, nanoseconds from the run's start
/// @param cacheKey      what separates otherwise equal prompts in the prefix cache
/// @param encoderInputs multimodal items in order of position
public record Request(
        String id,
        Prompt prompt,
        StopRules stopRules,
        SamplingParams sampling,
        int priority,
        long arrivalNanos,
        CacheKey cacheKey,
        List<EncoderInput> encoderInputs) {

    /// What, besides tokens, goes into a request's prefix-cache keys.
    ///
    /// @param salt     separates tenants; part of the first block's key
    /// @param loraName adapter; part of every block's key
    /// @param readable false for requests that must compute every prompt token themselves (prompt log-probabilities)
    public record CacheKey(Optional<String> salt, Optional<String> loraName, boolean readable) {
        /// Nothing but the tokens.
        public static final CacheKey TOKENS = new CacheKey(Optional.empty(), Optional.empty(), true);
    }

    /// Checks that encoder inputs lie inside the prompt, in order, without overlap.
    public Request {
        Objects.requireNonNull(id, "id");
        encoderInputs = List.copyOf(encoderInputs);
        int end = 0;
        for (EncoderInput input : encoderInputs) {
            if (input.position() < end || input.position() + input.tokens() > prompt.length()) {
                throw new IllegalArgumentException("encoder input at " + input.position() + " overlaps or leaves the prompt of " + id);
            }
            end = input.position() + input.tokens();
        }
    }

    /// A plain request: greedy, priority 0, no encoder inputs, generation ends at exactly `maxTokens`.
    public static Request of(String id, Prompt prompt, int maxTokens, long arrivalNanos) {
        return new Request(
                id, prompt, StopRules.length(maxTokens), SamplingParams.GREEDY, 0, arrivalNanos, CacheKey.TOKENS, List.of());
    }

    /// Number of prompt tokens.
    public int promptTokens() {
        return prompt.length();
    }

    /// The same request arriving at another time.
    public Request arrivingAt(long nanos) {
        return new Request(id, prompt, stopRules, sampling, priority, nanos, cacheKey, encoderInputs);
    }
}
