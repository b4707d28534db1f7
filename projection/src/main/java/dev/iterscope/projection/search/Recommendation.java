package dev.iterscope.projection.search;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/// The answer.
///
/// @param verdict             what to do
/// @param setting             the setting to run with; empty when refused
/// @param gainPercent         what it gains in the objective against the present setting
/// @param gain                the gain's interval; empty without draws
/// @param price               what it changes in latencies, per cent by key, positive for worse
/// @param reasons             why, one sentence each
/// @param command             flags to paste; empty when refused
/// @param nextMeasurement     what to measure next; empty when nothing more is needed
public record Recommendation(
        Verdict verdict,
        Optional<Setting> setting,
        OptionalDouble gainPercent,
        Optional<Interval95> gain,
        Map<String, Double> price,
        List<String> reasons,
        String command,
        Optional<String> nextMeasurement) {

    /// What to do.
    public enum Verdict {
        /// Another setting is better by more than the uncertainty, or the present one misses the objective.
        CHANGE,
        /// Nothing is better by more than the uncertainty.
        KEEP,
        /// The data do not say.
        REFUSE;

        /// The word used in JSON.
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// The token budget to run with; empty when refused.
    public OptionalInt maxNumBatchedTokens() {
        return setting.map(found -> OptionalInt.of(found.maxNumBatchedTokens())).orElse(OptionalInt.empty());
    }

    /// The same with one more reason.
    public Recommendation with(String reason) {
        List<String> more = new ArrayList<>(reasons);
        more.add(reason);
        return new Recommendation(verdict, setting, gainPercent, gain, price, List.copyOf(more), command, nextMeasurement);
    }

    /// The verdict that there is no answer.
    static Recommendation refuse(List<String> reasons, Optional<String> nextMeasurement) {
        return new Recommendation(
                Verdict.REFUSE, Optional.empty(), OptionalDouble.empty(), Optional.empty(), Map.of(), reasons, "", nextMeasurement);
    }
}
