package dev.iterscope.projection.search;

import dev.iterscope.projection.serving.ServingEngine;
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
/// @param condition           what the answer depends on that was assumed, not known; empty where nothing was
/// @param setting             the setting to run with; empty when refused
/// @param ties                settings that cannot be told from the best one, that one among them; empty when refused
/// @param gainPercent         what it gains against the present setting in what is maximised; when that is kept, what the best other
///                            setting would gain
/// @param gain                the gain's interval; empty without draws
/// @param price               what it changes in latencies, per cent by key, positive for worse
/// @param reasons             why, one sentence each
/// @param command             flags to paste: what changes, in the words of the engine; empty when refused or nothing changes
/// @param nextMeasurement     what to measure next; empty when nothing more is needed
public record Recommendation(
        Verdict verdict,
        Optional<String> condition,
        Optional<Setting> setting,
        List<Setting> ties,
        OptionalDouble gainPercent,
        Optional<Interval95> gain,
        Map<String, Double> price,
        List<String> reasons,
        String command,
        Optional<String> nextMeasurement) {

    /// What to do.
    public enum Verdict {
        /// The rule chooses another setting than the present one.
        CHANGE,
        /// The rule chooses the present setting: nothing can be told to be better.
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

    /// The same with one more reason, behind the first.
    public Recommendation with(String reason) {
        List<String> more = new ArrayList<>(reasons);
        more.add(Math.min(1, more.size()), reason);
        return new Recommendation(verdict, condition, setting, ties, gainPercent, gain, price, List.copyOf(more), command, nextMeasurement);
    }

    /// The same, depending on what was assumed. A refusal depends on nothing.
    public Recommendation under(Optional<String> assumed) {
        return verdict == Verdict.REFUSE
                ? this
                : new Recommendation(verdict, assumed, setting, ties, gainPercent, gain, price, reasons, command, nextMeasurement);
    }

    /// The same with the flags that the change needs, in the words of the engine that is served with.
    ///
    /// @param present the setting now, if known
    public Recommendation inTheWordsOf(ServingEngine engine, Optional<Setting> present) {
        OptionalInt budget = present.map(now -> OptionalInt.of(now.maxNumBatchedTokens())).orElse(OptionalInt.empty());
        OptionalInt sequences = present.map(now -> OptionalInt.of(now.maxNumSeqs())).orElse(OptionalInt.empty());
        String flags = setting
                .map(found -> engine.changes(budget, sequences, found.maxNumBatchedTokens(), found.maxNumSeqs()))
                .orElse("");
        return new Recommendation(verdict, condition, setting, ties, gainPercent, gain, price, reasons, flags, nextMeasurement);
    }

    /// The same, where this must be done before what is to be measured next.
    public Recommendation firstly(Optional<String> remedy) {
        return remedy.isEmpty()
                ? this
                : new Recommendation(verdict, condition, setting, ties, gainPercent, gain, price, reasons, command,
                        Optional.of(remedy.get() + nextMeasurement.map(next -> "; then " + next).orElse("")));
    }

    /// The verdict that there is no answer.
    static Recommendation refuse(List<String> reasons, Optional<String> nextMeasurement) {
        return new Recommendation(
                Verdict.REFUSE, Optional.empty(), Optional.empty(), List.of(), OptionalDouble.empty(), Optional.empty(), Map.of(), reasons,
                "",
                nextMeasurement);
    }
}
