package dev.iterscope.projection.search;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

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

    /// The setting that a service runs with now: where a sweep has one sequence limit at the service's budget, that one, since the limit
    /// was then given for all points alike; else the recorded limit. It need not be among those swept.
    ///
    /// @param swept     the sweep's settings
    /// @param budget    the service's token budget, if known
    /// @param sequences its max-num-seqs, if known
    public static Optional<Setting> present(List<Setting> swept, OptionalInt budget, OptionalInt sequences) {
        if (budget.isEmpty() || swept.isEmpty()) {
            return Optional.empty();
        }
        List<Setting> same =
                swept.stream().filter(setting -> setting.maxNumBatchedTokens == budget.getAsInt()).toList();
        if (same.size() == 1) {
            return Optional.of(same.getFirst());
        }
        return same.isEmpty() || sequences.isPresent()
                ? Optional.of(of(budget.getAsInt(), sequences.orElse(swept.getLast().maxNumSeqs)))
                : Optional.empty();
    }

    @Override
    public String toString() {
        return maxNumBatchedTokens + "/" + maxNumSeqs;
    }
}
