package dev.iterscope.projection.search;

import dev.iterscope.projection.metrics.ServingMetrics;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/// Asks what a change of max-num-seqs or of the KV cache would do where the token budget does little: two more simulations of the present
/// setting, one with twice the sequences, one with a quarter more KV blocks.
public final class OtherKnobs {
    private static final double WORTH_SAYING_PERCENT = 3;
    private static final double MORE_KV = 1.25;

    private OtherKnobs() {}

    /// The knob that matters more, in a sentence; empty when neither does.
    ///
    /// @param spec    the sweep
    /// @param present what is predicted for the present setting
    /// @param best    the largest gain in the objective that any budget of the sweep brings, per cent
    public static Optional<String> say(SweepSpec spec, SweepPoint present, double best) {
        if (present.kvCapacityTokens().isEmpty()) {
            return Optional.empty();
        }
        Setting setting = present.setting();
        int sequences = Math.min(2 * setting.maxNumSeqs(), setting.maxNumBatchedTokens());
        OptionalLong moreKv = OptionalLong.of(Math.round(present.kvCapacityTokens().getAsLong() * MORE_KV));
        double bySequences = gain(spec, present, new Setting(setting.maxNumBatchedTokens(), sequences), present.kvCapacityTokens());
        double byMemory = gain(spec, present, setting, moreKv);
        if (Math.max(bySequences, byMemory) < Math.max(best, 0) + WORTH_SAYING_PERCENT) {
            return Optional.empty();
        }
        return Optional.of(bySequences >= byMemory
                ? String.format(
                        Locale.ROOT,
                        "max-num-seqs matters more here: %d in place of %d would change the objective by %+.1f %%",
                        sequences,
                        setting.maxNumSeqs(),
                        bySequences)
                : String.format(
                        Locale.ROOT,
                        "KV memory matters more here: a quarter more blocks would change the objective by %+.1f %%",
                        byMemory));
    }

    private static double gain(SweepSpec spec, SweepPoint present, Setting setting, OptionalLong capacity) {
        Objective objective = new Objective(spec.slo());
        ServingMetrics changed = spec.simulate(setting, capacity, spec.workload(), spec.model().point()).metrics();
        double now = objective.of(present.metrics().values());
        return now > 0 ? 100 * (objective.of(changed.values()) / now - 1) : 0;
    }
}
