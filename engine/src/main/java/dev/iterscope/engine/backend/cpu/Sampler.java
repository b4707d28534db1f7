package dev.iterscope.engine.backend.cpu;

/// Chooses the next token from a row of logits.
final class Sampler {
    private Sampler() {}

    /// The index of the largest logit; of equal ones the lowest.
    static int greedy(float[] logits, int from, int count) {
        int best = 0;
        float max = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            if (logits[from + i] > max) {
                max = logits[from + i];
                best = i;
            }
        }
        return best;
    }
}
