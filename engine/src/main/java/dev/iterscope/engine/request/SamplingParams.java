package dev.iterscope.engine.request;

/// How the next token is chosen from the logits.
///
/// @param temperature 0 for greedy, else the divisor of the logits
/// @param topK        candidates kept, 0 for all
/// @param topP        probability mass kept, in (0, 1]
/// @param seed        seed of this request's own random stream
public record SamplingParams(float temperature, int topK, float topP, long seed) {
    /// Always the most likely token; ties go to the lowest id.
    public static final SamplingParams GREEDY = new SamplingParams(0, 0, 1, 0);

    /// Checks the ranges.
    public SamplingParams {
        if (!(temperature >= 0) || topK < 0 || !(topP > 0 && topP <= 1)) {
            throw new IllegalArgumentException(
                    "need temperature >= 0, topK >= 0, 0 < topP <= 1: " + temperature + ", " + topK + ", " + topP);
        }
    }

    /// True when the choice needs no random number.
    public boolean isGreedy() {
        return temperature == 0;
    }
}
