package dev.iterscope.projection.search;

import dev.iterscope.projection.progress.Progress;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/// Asks what a change of max-num-seqs or of the KV cache would do where the token budget does little: the present setting once more with
/// twice the sequences, and with a quarter more KV blocks.
public final class OtherKnobs {
    private static final double WORTH_SAYING_PERCENT = 3;
    private static final double MORE_KV = 1.25;

    private OtherKnobs() {}

    /// The knob that matters more, in a sentence; empty when neither does.
    ///
    /// @param spec    the sweep
    /// @param present what is predicted for the present setting
    /// @param best    the largest gain that any budget of the sweep brings, per cent
    public static Optional<String> say(SweepSpec spec, SweepPoint present, double best) {
        if (present.kvCapacityTokens().isEmpty()) {
            return Optional.empty();
        }
        Setting setting = present.setting();
        long tokens = present.kvCapacityTokens().getAsLong();
        int sequences = Math.min(2 * setting.maxNumSeqs(), setting.maxNumBatchedTokens());
        double bySequences = gain(spec, present, new Setting(setting.maxNumBatchedTokens(), sequences), tokens);
        double byMemory = gain(spec, present, setting, Math.round(tokens * MORE_KV));
        if (Math.max(bySequences, byMemory) < Math.max(best, 0) + WORTH_SAYING_PERCENT) {
            return Optional.empty();
        }
        String goal = spec.rule().goal().words();
        return Optional.of(bySequences >= byMemory
                ? String.format(
                        Locale.ROOT,
                        "max-num-seqs matters more here: %d in place of %d would change the %s by %+.1f %%",
                        sequences,
                        setting.maxNumSeqs(),
                        goal,
                        bySequences)
                : String.format(
                        Locale.ROOT, "KV memory matters more here: a quarter more blocks would change the %s by %+.1f %%", goal, byMemory));
    }

    private static double gain(SweepSpec spec, SweepPoint present, Setting setting, long kvTokens) {
        SweepSpec changed = spec.pointValues(List.of(setting), new KvCapacity.Constant(kvTokens, ""));
        List<SweepPoint> points = new Sweep(changed, Progress.NONE, () -> false).run();
        OptionalDouble gain = spec.rule().gain(points.getFirst(), present);
        return gain.isPresent() && Double.isFinite(gain.getAsDouble()) ? gain.getAsDouble() : 0;
    }
}
