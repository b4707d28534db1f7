package dev.iterscope.projection.search;

import dev.iterscope.projection.model.FittedStepModel.Support;
import dev.iterscope.projection.model.ModelSummary;
import dev.iterscope.projection.search.Recommendation.Verdict;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/// Turns a sweep into an answer: applies the [Rule] and says why.
///
/// The answer is to change where the rule chooses another setting than the present one, and to keep where it chooses that. It is refused
/// where all other settings are only bounded and one of them may be better or worse than the present one by more than is worth a
/// restart: the data cannot choose then.
public final class Recommender {
    private static final List<String> PRICED =
            List.of("p99_itl_ms", "mean_itl_ms", "p99_tpot_ms", "mean_tpot_ms", "p99_ttft_ms", "mean_ttft_ms", "p99_e2el_ms");
    /// Where nothing else is known, gains below this hardly matter, per cent.
    private static final double HARDLY_MATTERS_PERCENT = 5;

    private final List<SweepPoint> points;
    private final Rule rule;
    private final Optional<SweepPoint> present;
    private final Contest contest;
    private final Optional<ModelSummary> model;
    private final Optional<String> recording;
    private final List<String> reasons = new ArrayList<>();

    /// @param points    the sweep, ascending
    /// @param rule      the objective, what is maximised and the present setting
    /// @param model     the model behind the predictions
    /// @param recording name of the recording that the present setting is known from, for commands to paste
    public Recommender(List<SweepPoint> points, Rule rule, Optional<ModelSummary> model, Optional<String> recording) {
        this.points = List.copyOf(points);
        this.rule = rule;
        this.model = model;
        this.recording = recording;
        this.present = points.stream().filter(rule::isPresent).findFirst();
        this.contest = new Contest(rule, 0);
    }

    /// An answer that was ruled out before anything was simulated.
    public static Recommendation refuse(String reason, Optional<String> nextMeasurement) {
        return Recommendation.refuse(List.of(reason), nextMeasurement);
    }

    /// The answer.
    ///
    /// @param refusal why there must be none, if so: an unknown KV capacity, or a workload that had to be guessed
    public Recommendation recommend(Optional<String> refusal) {
        refusal.ifPresent(reasons::add);
        Decision decision = rule.decide(points);
        if (!points.isEmpty() && decision.standing() == Decision.Standing.SERVES_NOTHING) {
            reasons.add("no setting serves any request: each needs more KV blocks than there are");
            return Recommendation.refuse(List.copyOf(reasons),
                    Optional.of("give more KV blocks (--num-gpu-blocks-override), or shorter requests"));
        }
        boolean nothingElse = points.stream().allMatch(rule::isPresent);
        if (nothingElse && refusal.isEmpty()) {
            reasons.add("no other setting was swept");
        }
        if (refusal.isPresent() || nothingElse || cannotChoose(decision)) {
            sayBounds();
            model.ifPresent(summary -> reasons.addAll(summary.diagnosis()));
            return Recommendation.refuse(List.copyOf(reasons), nextMeasurement());
        }
        SweepPoint chosen = decision.chosen().orElseThrow();
        return rule.isPresent(chosen) ? keep(decision, chosen) : change(decision, chosen);
    }

    /// Whether the choice would rest on limits alone: the present setting would stay only because no other one is determined, though one
    /// of them may matter.
    private boolean cannotChoose(Decision decision) {
        SweepPoint chosen = decision.chosen().orElseThrow();
        boolean allBounded = points.stream().filter(point -> !rule.isPresent(point)).allMatch(point -> point.support() == Support.BOUNDED);
        if (!allBounded) {
            return false;
        }
        if (!rule.isPresent(chosen)) {
            return decision.standing() == Decision.Standing.LIKELIEST || decision.ties().size() > 1;
        }
        return points.stream().filter(point -> !rule.isPresent(point))
                .anyMatch(point -> mostGain(point, chosen).orElse(Double.POSITIVE_INFINITY) > HARDLY_MATTERS_PERCENT);
    }

    /// The most that a setting could gain over another, by the draws; empty where that is unknown.
    private OptionalDouble mostGain(SweepPoint point, SweepPoint base) {
        return rule.gainInterval(point, base).map(range -> OptionalDouble.of(range.high())).orElse(OptionalDouble.empty());
    }

    /// Where the data cannot choose: what they say all the same.
    private void sayBounds() {
        if (present.isEmpty()) {
            return;
        }
        SweepPoint now = present.get();
        List<SweepPoint> others = points.stream().filter(point -> !rule.isPresent(point)).toList();
        OptionalDouble most = others.stream().map(point -> mostGain(point, now)).filter(OptionalDouble::isPresent)
                .mapToDouble(OptionalDouble::getAsDouble).max();
        if (most.isPresent() && others.stream().allMatch(point -> mostGain(point, now).isPresent())) {
            reasons.add(String.format(
                    Locale.ROOT,
                    "bounds: another budget changes the %s by at most %+.1f %%%s",
                    rule.goal().words(),
                    most.getAsDouble(),
                    most.getAsDouble() <= HARDLY_MATTERS_PERCENT ? "; max-num-batched-tokens hardly matters here" : ""));
        }
    }

    private Recommendation change(Decision decision, SweepPoint chosen) {
        Optional<SweepPoint> now = present;
        now.ifPresent(current -> sayWhatIsMissed(current, chosen));
        if (now.isEmpty()) {
            reasons.add(rule.present()
                    .map(setting -> "the present setting (" + setting + ") is not among those swept, so the gain cannot be computed")
                    .orElse("the present setting is unknown, so the gain cannot be computed"));
        }
        now.ifPresent(current -> {
            reasons.add(rule.goal().words() + ": " + valueOf(chosen) + " at " + name(chosen) + ", " + valueOf(current) + " at "
                    + name(current));
            sayThroughput(chosen, current);
        });
        sayTies(decision, chosen);
        sayObjective(decision, chosen);
        saySupport(chosen);
        return new Recommendation(
                Verdict.CHANGE,
                Optional.empty(),
                Optional.of(chosen.setting()),
                settings(decision.ties()),
                now.map(current -> finite(rule.gain(chosen, current))).orElse(OptionalDouble.empty()),
                now.flatMap(current -> rule.gainInterval(chosen, current)),
                now.map(current -> price(chosen, current)).orElse(Map.of()),
                List.copyOf(reasons),
                "",
                Optional.of("record the same workload with these flags and run: iterscope "
                        + (now.isEmpty() ? "project" : "compare " + recording.orElse("BEFORE.jfr")) + " AFTER.jfr"
                        + promising(chosen).map(words -> "; " + words).orElse("")));
    }

    private Recommendation keep(Decision decision, SweepPoint now) {
        Optional<SweepPoint> other = decision.standing() == Decision.Standing.MEETS ? bestOther(decision, now) : Optional.empty();
        other.ifPresent(alternative -> reasons.add(String.format(
                Locale.ROOT,
                "the best other setting%s, %s, would change the %s by %s",
                rule.slo().isEmpty() ? "" : " that meets the objective",
                name(alternative),
                rule.goal().words(),
                words(rule.gain(alternative, now), rule.gainInterval(alternative, now)))));
        sayTies(decision, now);
        sayCheaperLatency(now);
        sayObjective(decision, now);
        return new Recommendation(
                Verdict.KEEP,
                Optional.empty(),
                Optional.of(now.setting()),
                settings(decision.ties()),
                other.map(alternative -> finite(rule.gain(alternative, now))).orElse(OptionalDouble.empty()),
                other.flatMap(alternative -> rule.gainInterval(alternative, now)),
                other.map(alternative -> price(alternative, now)).orElse(Map.of()),
                List.copyOf(reasons),
                "",
                promising(now));
    }

    private static OptionalDouble finite(OptionalDouble value) {
        return value.isPresent() && Double.isFinite(value.getAsDouble()) ? value : OptionalDouble.empty();
    }

    private static String words(OptionalDouble gain, Optional<Interval95> interval) {
        return (finite(gain).isPresent() ? String.format(Locale.ROOT, "%+.1f %%", gain.getAsDouble()) : "an unknown amount")
                + interval.map(range -> String.format(Locale.ROOT, " (95 %%: %+.1f to %+.1f)", range.low(), range.high())).orElse("");
    }

    private Optional<SweepPoint> bestOther(Decision decision, SweepPoint now) {
        return decision.eligible().stream()
                .filter(point -> !Rule.isSame(point, now))
                .max(Comparator.comparingDouble(point -> rule.gain(point, now).orElse(Double.NEGATIVE_INFINITY)));
    }

    private static List<Setting> settings(List<SweepPoint> points) {
        return points.stream().map(SweepPoint::setting).toList();
    }

    private String valueOf(SweepPoint point) {
        OptionalDouble value = rule.goal().value(point);
        if (value.isEmpty() || (value.getAsDouble() == 0 && rule.goal() instanceof Goal.HighestRate)) {
            return "none";
        }
        return String.format(Locale.ROOT, value.getAsDouble() < 100 ? "%.2f" : "%,.0f", value.getAsDouble())
                + (rule.goal() instanceof Goal.HighestRate ? " requests/s" : "");
    }

    /// The setting as the sweep tells its points apart: by the budget alone where nothing else varies.
    private String name(SweepPoint point) {
        boolean alone = points.stream().noneMatch(
                other -> other.maxNumBatchedTokens() == point.maxNumBatchedTokens() && !other.setting().equals(point.setting()));
        return alone ? String.valueOf(point.maxNumBatchedTokens()) : point.setting().toString();
    }

    /// Says which bounds the present setting misses, and what they become.
    private void sayWhatIsMissed(SweepPoint now, SweepPoint chosen) {
        for (Slo.Bound bound : rule.slo().bounds()) {
            double before = now.metrics().values().getOrDefault(bound.key(), Double.NaN);
            double after = chosen.metrics().values().getOrDefault(bound.key(), Double.NaN);
            if (!bound.holds(before)) {
                reasons.add(String.format(
                        Locale.ROOT,
                        "the present %s misses %s with %.1f; %s %s with %.1f",
                        name(now),
                        bound,
                        before,
                        name(chosen),
                        bound.holds(after) ? "meets it" : "misses it too,",
                        after));
            }
        }
        if (now.sloMet().orElse(true) && !rule.isEligible(now)) {
            reasons.add(String.format(
                    Locale.ROOT,
                    "the present %s meets the objective only with probability %.2f; %s with %.2f",
                    name(now),
                    Rule.probability(now),
                    name(chosen),
                    Rule.probability(chosen)));
        }
    }

    private void sayThroughput(SweepPoint chosen, SweepPoint now) {
        double before = now.metrics().outputThroughput();
        if (!(rule.goal() instanceof Goal.Knee) && before > 0) {
            reasons.add(String.format(
                    Locale.ROOT,
                    "output throughput at the offered load: %+.1f %%",
                    100 * (chosen.metrics().outputThroughput() / before - 1)));
        }
    }

    private void sayTies(Decision decision, SweepPoint chosen) {
        String others =
                decision.ties().stream().filter(point -> !Rule.isSame(point, chosen)).map(this::name).collect(Collectors.joining(", "));
        if (!others.isEmpty()) {
            reasons.add("the data cannot tell " + name(chosen) + " from " + others + " in the " + rule.goal().words());
        }
    }

    private void sayObjective(Decision decision, SweepPoint chosen) {
        if (rule.slo().isEmpty()) {
            return;
        }
        if (decision.standing() == Decision.Standing.LIKELIEST) {
            boolean met = chosen.sloMet().orElse(false);
            reasons.add(String.format(
                    Locale.ROOT,
                    "no setting meets %s with probability %.2f; %s comes closest: probability %.2f, best estimate %s",
                    rule.slo(),
                    rule.level(),
                    name(chosen),
                    Rule.probability(chosen),
                    met
                            ? "within the objective"
                            : String.format(
                                    Locale.ROOT,
                                    "misses by %.0f %%",
                                    Math.max(1, 100 * rule.slo().worstExcess(chosen.metrics().values())))));
        }
        if (contest.isOpen(chosen)) {
            Interval95 range = Contest.wilson(Rule.probability(chosen), chosen.draws().size());
            reasons.add(String.format(
                    Locale.ROOT,
                    "whether %s meets the objective with probability %.2f is close: %d draws put it between %.2f and %.2f",
                    name(chosen),
                    rule.level(),
                    chosen.draws().size(),
                    range.low(),
                    range.high()));
        }
    }

    private void saySupport(SweepPoint point) {
        switch (point.support()) {
            case INTERPOLATED -> {
                // Nothing to warn of.
            }
            case EXTRAPOLATED ->
                    reasons.add(name(point) + " lies outside of what was recorded: its prediction rests on the physical terms");
            case BOUNDED -> reasons.add("the data only bound " + name(point)
                    + ": the answer rests on what is possible at worst; record it before relying on it");
        }
    }

    private static Map<String, Double> price(SweepPoint candidate, SweepPoint now) {
        Map<String, Double> price = new LinkedHashMap<>();
        Map<String, Double> before = now.metrics().values();
        candidate.metrics().values().forEach((key, value) -> {
            double old = before.getOrDefault(key, 0.0);
            if (PRICED.contains(key) && old > 0) {
                price.put(key, 100 * (value / old - 1));
            }
        });
        return price;
    }

    /// A setting that the data only bound, but whose best estimate is better than the answer's: worth a recording.
    private Optional<String> promising(SweepPoint chosen) {
        return points.stream()
                .filter(point -> point.support() == Support.BOUNDED && !rule.isPresent(point) && !Rule.isSame(point, chosen))
                .filter(point -> point.sloMet().orElse(true))
                .filter(point -> rule.gain(point, chosen).orElse(0) > rule.goal().worthwhilePercent())
                .max(Comparator.comparingDouble(point -> rule.gain(point, chosen).orElse(0)))
                .map(point -> "record also at " + name(point) + ", which may be better still (" + rule.goal().words() + ": "
                        + words(rule.gain(point, chosen), Optional.empty()) + ", but the data only bound it)"
                        + point.next().map(next -> ": " + next.words()).orElse(""));
    }

    /// Without an objective: a smaller budget that costs next to no throughput but halves a tail is worth a word.
    private void sayCheaperLatency(SweepPoint now) {
        if (!(rule.goal() instanceof Goal.Knee) || !rule.slo().isEmpty()) {
            return;
        }
        double throughput = now.metrics().outputThroughput();
        points.stream()
                .filter(point -> point.metrics().completed() > 0 && point.support() != Support.BOUNDED)
                .filter(point -> point.metrics().outputThroughput() >= throughput * (1 - Goal.Knee.FLAT_PERCENT / 100))
                .min(Comparator.comparingDouble(point -> point.metrics().itl().p99()))
                .filter(point -> !rule.isPresent(point) && point.metrics().itl().p99() < 0.8 * now.metrics().itl().p99())
                .ifPresent(point -> reasons.add(String.format(
                        Locale.ROOT,
                        "%s would change p99 ITL from %.1f to %.1f ms and p99 TTFT from %.0f to %.0f ms at %+.1f %% throughput;"
                                + " give --slo to have latency decide",
                        name(point),
                        now.metrics().itl().p99(),
                        point.metrics().itl().p99(),
                        now.metrics().ttft().p99(),
                        point.metrics().ttft().p99(),
                        100 * (point.metrics().outputThroughput() / throughput - 1))));
    }

    /// The measurement that determines most of the points that are open; where there is none, what the model lacks in general.
    private Optional<String> nextMeasurement() {
        return points.stream()
                .flatMap(point -> point.next().stream())
                .max(Comparator.comparingInt(next -> next.determines().size()))
                .map(NextMeasurement::words)
                .or(() -> model.flatMap(ModelSummary::nextMeasurement))
                .or(() -> Optional
                        .of("record the service at half the present max-num-batched-tokens and project both recordings together"));
    }
}
