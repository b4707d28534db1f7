package dev.iterscope.projection.search;

/// The two limits that a sweep varies.
///
/// @param maxNumBatchedTokens token budget of a step
/// @param maxNumSeqs          most running requests, at most the token budget
public record Setting(int maxNumBatchedTokens, int maxNumSeqs) {
    /// Checks that a step can hold a token of every sequence.
    public Setting {
        if (maxNumSeqs < 1 || maxNumBatchedTokens < maxNumSeqs) {
            throw new IllegalArgumentException("need 1 <= maxNumSeqs <= maxNumBatchedTokens: " + maxNumSeqs + ", " + maxNumBatchedTokens);
        }
    }

    /// The setting with this budget; `maxNumSeqs` is lowered to it where it does not fit.
    public static Setting of(int maxNumBatchedTokens, int maxNumSeqs) {
        return new Setting(maxNumBatchedTokens, Math.min(maxNumBatchedTokens, maxNumSeqs));
    }
}
