package dev.iterscope.projection.search;

import dev.iterscope.projection.search.Decision.Standing;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/// The rule by which a setting is recommended; [#sentences] states it.
///
/// Points are compared under common random numbers: draw i of two settings shares what the model does not know, so most of it cancels in
/// their ratio.
///
/// @param goal    what is maximised among the settings that meet the objective
/// @param slo     the objective; [Slo#NONE] for none
/// @param level   probability of meeting the objective below which a setting is out, above 0 and at most 1
/// @param present the setting that runs now, if known
public record Rule(Goal goal, Slo slo, double level, Optional<Setting> present) {
    private static final Goal THROUGHPUT = new Goal.Key("output_throughput", Goal.Direction.HIGHER);

    /// Level where none is given.
    public static final double DEFAULT_LEVEL = 0.9;

    /// The rule as it is printed.
    public String sentences() {
        String out = slo.isEmpty()
                ? "Every setting that serves requests counts. "
                : String.format(
                        Locale.ROOT, "Settings whose probability of meeting the objective is below %.0f %% are out. ", 100 * level);
        String leader = switch (goal) {
            case Goal.HighestRate rate -> "Of the rest, the candidate has the highest request rate within the objective. ";
            case Goal.Knee knee -> String.format(
                    Locale.ROOT,
                    "Of these, the candidate is the smallest budget within %.0f %% of the highest output throughput. ",
                    Goal.Knee.FLAT_PERCENT);
            case Goal.Key key -> "Of " + (slo.isEmpty() ? "these" : "the rest") + ", the candidate has the "
                    + key.direction().superlative() + " " + key.key() + ". ";
        };
        return out + leader
                + "Settings that their paired 95 % interval cannot tell from it"
                + (goal instanceof Goal.HighestRate ? ", in that rate and in throughput," : "")
                + " are ties: of those the present one wins, then the best"
                + " supported one, then the one with the most room.";
    }

    /// Applies the rule.
    ///
    /// @param points the sweep, ascending
    Decision decide(List<SweepPoint> points) {
        List<SweepPoint> serving = points.stream().filter(point -> point.metrics().completed() > 0).toList();
        if (serving.isEmpty()) {
            return new Decision(Standing.SERVES_NOTHING, List.of(), Optional.empty(), List.of(), Optional.empty());
        }
        List<SweepPoint> eligible = serving.stream().filter(this::isEligible).toList();
        if (eligible.isEmpty()) {
            return new Decision(Standing.LIKELIEST, List.of(), Optional.empty(), List.of(), Optional.of(likeliest(serving)));
        }
        SweepPoint leader = leader(eligible);
        List<SweepPoint> ties = eligible.stream().filter(point -> isSame(point, leader) || isTie(leader, point)).toList();
        SweepPoint chosen = ties.stream().filter(this::isPresent).findFirst().orElseGet(() -> ties.stream()
                .min(Comparator.comparing(SweepPoint::support).thenComparing(this::mostRoomFirst))
                .orElseThrow());
        return new Decision(Standing.MEETS, eligible, Optional.of(leader), ties, Optional.of(chosen));
    }

    /// Whether a point is the setting that runs now.
    boolean isPresent(SweepPoint point) {
        return present.isPresent() && point.setting().equals(present.get());
    }

    /// Whether a setting is likely enough to meet the objective. Without draws its best estimate counts.
    boolean isEligible(SweepPoint point) {
        return point.metrics().completed() > 0 && (slo.isEmpty() || probability(point) >= level);
    }

    /// The probability that a setting meets the objective.
    static double probability(SweepPoint point) {
        return point.probabilityMet().orElse(point.sloMet().orElse(true) ? 1 : 0);
    }

    /// How much better one setting is than another in what is maximised, per cent; empty where a value is unknown.
    OptionalDouble gain(SweepPoint point, SweepPoint base) {
        OptionalDouble value = goal.value(point);
        OptionalDouble before = goal.value(base);
        return value.isPresent() && before.isPresent()
                ? OptionalDouble.of(goal.gainPercent(value.getAsDouble(), before.getAsDouble()))
                : OptionalDouble.empty();
    }

    /// The gain of every draw that both have, per cent.
    double[] gains(SweepPoint point, SweepPoint base) {
        int count = Math.min(goal.draws(point), goal.draws(base));
        double[] gains = new double[count];
        for (int i = 0; i < count; i++) {
            gains[i] = goal.gainPercent(goal.value(point, i).orElse(0), goal.value(base, i).orElse(0));
        }
        return gains;
    }

    /// The interval of the gain, the best estimate included; empty without draws of both, or where one of them serves nothing within the
    /// objective.
    Optional<Interval95> gainInterval(SweepPoint point, SweepPoint base) {
        double[] gains = gains(point, base);
        OptionalDouble best = gain(point, base);
        if (gains.length == 0 || best.isEmpty() || !Double.isFinite(best.getAsDouble())) {
            return Optional.empty();
        }
        Interval95 interval = Interval95.of(gains).with(best.getAsDouble());
        return Double.isFinite(interval.high()) ? Optional.of(interval) : Optional.empty();
    }

    private SweepPoint leader(List<SweepPoint> eligible) {
        SweepPoint best = eligible.stream()
                .min(Comparator.comparingDouble((SweepPoint point) -> -merit(point)).thenComparing(this::mostRoomFirst))
                .orElseThrow();
        return switch (goal) {
            case Goal.HighestRate rate -> eligible.stream()
                    .filter(point -> lead(best, point) < goal.worthwhilePercent())
                    .max(Comparator.comparingDouble(point -> point.metrics().outputThroughput()))
                    .filter(point -> THROUGHPUT.gainPercent(
                            point.metrics().outputThroughput(), best.metrics().outputThroughput()) >= THROUGHPUT.worthwhilePercent())
                    .orElse(best);
            case Goal.Key key -> best;
            case Goal.Knee knee -> eligible.stream()
                    .filter(point -> merit(point) >= merit(best) * (1 - Goal.Knee.FLAT_PERCENT / 100))
                    .min(Comparator.comparingInt(SweepPoint::maxNumBatchedTokens)
                            .thenComparing(this::merit, Comparator.reverseOrder()))
                    .orElseThrow();
        };
    }

    /// The value, higher for better.
    private double merit(SweepPoint point) {
        OptionalDouble value = goal.value(point);
        boolean lower = goal instanceof Goal.Key(String name, Goal.Direction direction) && direction == Goal.Direction.LOWER;
        return value.isEmpty() ? Double.NEGATIVE_INFINITY : lower ? -value.getAsDouble() : value.getAsDouble();
    }

    /// Whether two points are of one setting.
    static boolean isSame(SweepPoint a, SweepPoint b) {
        return a.setting().equals(b.setting());
    }

    private double lead(SweepPoint leader, SweepPoint other) {
        return gain(leader, other).orElse(0);
    }

    /// Two settings may meet the objective at any rate that arrives, and serve different numbers of requests: then throughput tells them apart.
    private boolean isTie(SweepPoint leader, SweepPoint other) {
        return cannotTell(goal, leader, other) && !(goal instanceof Goal.HighestRate && !cannotTell(THROUGHPUT, leader, other));
    }

    private boolean cannotTell(Goal by, SweepPoint leader, SweepPoint other) {
        Rule rule = new Rule(by, slo, level, present);
        return rule.lead(leader, other) < by.worthwhilePercent()
                || rule.gainInterval(leader, other).map(range -> range.low() <= 0).orElse(false);
    }

    /// Orders the setting with the most room below its bounds first; without bounds the one whose tokens come soonest.
    private int mostRoomFirst(SweepPoint a, SweepPoint b) {
        if (!slo.isEmpty()) {
            return Double.compare(slo.worstExcess(a.metrics().values()), slo.worstExcess(b.metrics().values()));
        }
        return goal instanceof Goal.Knee
                ? Integer.compare(a.maxNumBatchedTokens(), b.maxNumBatchedTokens())
                : Double.compare(merit(b), merit(a));
    }

    /// What comes closest where nothing is likely enough: one whose best estimate meets the objective before others, then the likeliest,
    /// then the one that misses by least. The present setting stays where it misses by as little.
    private SweepPoint likeliest(List<SweepPoint> serving) {
        Comparator<SweepPoint> order = Comparator.comparing((SweepPoint point) -> !point.sloMet().orElse(true))
                .thenComparing(Rule::probability, Comparator.reverseOrder())
                .thenComparing(this::mostRoomFirst);
        SweepPoint closest = serving.stream().min(order).orElseThrow();
        return serving.stream().filter(this::isPresent).filter(now -> missesByAsLittle(now, closest)).findFirst().orElse(closest);
    }

    private boolean missesByAsLittle(SweepPoint now, SweepPoint closest) {
        return now.sloMet().equals(closest.sloMet()) && probability(now) >= probability(closest)
                && slo.worstExcess(now.metrics().values()) <= slo.worstExcess(closest.metrics().values()) + goal.worthwhilePercent() / 100;
    }
}
