package dev.iterscope.projection.search;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;

/// Decides which settings need more draws before the [Rule] can be applied.
///
/// Only settings that can still win are drawn again. A probability is settled when its 95 % Wilson interval (E. B. Wilson, 1927) lies on
/// one side of the rule's level; a comparison is settled when the lower end of its paired interval differs from zero by more than the
/// error that this many draws leave in it. What is not settled at the limit is decided by its estimate, and the report names it.
///
/// @param rule      the rule
/// @param fewest    draws that every setting has from the start
record Contest(Rule rule, int fewest) {
    /// Draws of one setting at most.
    static final int MOST_DRAWS = 320;
    /// Draws of the highest rate at most.
    private static final int MOST_RATES = 40;
    private static final int FIRST_RATES = 20;
    /// A setting whose value is further below the leader's than this, or than twice the half of its own interval, cannot win.
    private static final double CONTENTION_PERCENT = 10;
    /// Settings that are compared with the leader at most, the closest first.
    private static final int MOST_CONTENDERS = 5;
    private static final double Z = 1.96;

    /// What a setting needs.
    sealed interface Need {
        /// The setting.
        Setting setting();

        /// This many draws at the workload's own rate.
        record Draws(Setting setting, int until) implements Need {}

        /// This many draws of the highest rate.
        record Rates(Setting setting, int until) implements Need {}
    }

    /// What settles the probabilities; empty once they are, or where nothing more can be done.
    List<Need> probabilities(List<SweepPoint> points) {
        if (rule.slo().isEmpty()) {
            return List.of();
        }
        Decision decision = rule.decide(points);
        return points.stream()
                .filter(point -> isOpen(point) && point.draws().size() < MOST_DRAWS)
                .filter(point -> decision.leader().map(leader -> matters(point, leader)).orElse(true))
                .<Need>map(point -> new Need.Draws(point.setting(), twice(point.draws().size())))
                .toList();
    }

    /// Whether the draws leave open on which side of the level a probability lies.
    boolean isOpen(SweepPoint point) {
        if (point.probabilityMet().isEmpty() || point.metrics().completed() == 0) {
            return false;
        }
        Interval95 range = wilson(point.probabilityMet().getAsDouble(), point.draws().size());
        return range.low() < rule.level() && range.high() >= rule.level();
    }

    /// Wilson's interval of a share.
    ///
    /// @param share share of the draws, 0..1
    /// @param count number of draws, at least 1
    static Interval95 wilson(double share, int count) {
        double square = Z * Z / count;
        double centre = (share + square / 2) / (1 + square);
        double half = Z / (1 + square) * Math.sqrt(share * (1 - share) / count + square / (4 * count));
        return new Interval95(centre - half, centre + half);
    }

    /// What settles the comparison of the settings that are likely enough to meet the objective.
    List<Need> comparisons(List<SweepPoint> points) {
        Decision decision = rule.decide(points);
        if (decision.leader().isEmpty()) {
            return List.of();
        }
        SweepPoint leader = decision.leader().get();
        List<SweepPoint> contenders = new ArrayList<>(decision.eligible().stream()
                .filter(point -> !Rule.isSame(point, leader) && matters(point, leader))
                .sorted(Comparator.comparingDouble((SweepPoint point) -> rule.isPresent(point) ? -1 : lead(leader, point)))
                .limit(MOST_CONTENDERS)
                .toList());
        if (contenders.isEmpty()) {
            return List.of();
        }
        List<Need> needs = new ArrayList<>();
        for (SweepPoint contender : contenders) {
            int drawn = Math.min(rule.goal().draws(leader), rule.goal().draws(contender));
            int most = most();
            if (drawn < Math.min(first(), most) || (drawn < most && isClose(leader, contender))) {
                int until = drawn < first() ? Math.min(first(), most) : Math.min(most, twice(drawn));
                needs.add(need(contender, until));
                needs.add(need(leader, until));
            }
        }
        return needs.stream().distinct().filter(need -> isUseful(need, points)).toList();
    }

    private static boolean isUseful(Need need, List<SweepPoint> points) {
        return points.stream().filter(point -> point.setting().equals(need.setting())).anyMatch(point -> switch (need) {
            case Need.Draws draws -> point.draws().size() < draws.until();
            case Need.Rates rates -> point.rateDraws().size() < rates.until();
        });
    }

    private Need need(SweepPoint point, int until) {
        return rule.goal() instanceof Goal.HighestRate ? new Need.Rates(point.setting(), until) : new Need.Draws(point.setting(), until);
    }

    private int first() {
        return rule.goal() instanceof Goal.HighestRate ? Math.min(FIRST_RATES, fewest) : fewest;
    }

    private int most() {
        return rule.goal() instanceof Goal.HighestRate ? Math.min(MOST_RATES, Math.max(FIRST_RATES, fewest)) : MOST_DRAWS / 2;
    }

    private static int twice(int draws) {
        return Math.min(MOST_DRAWS, Math.max(FIRST_RATES, 2 * draws));
    }

    private boolean matters(SweepPoint point, SweepPoint leader) {
        return rule.isPresent(point) || lead(leader, point) < Math.max(CONTENTION_PERCENT, spreadPercent(point));
    }

    private double lead(SweepPoint leader, SweepPoint point) {
        OptionalDouble lead = rule.gain(leader, point);
        return lead.orElse(0);
    }

    /// Width of the interval of a setting's mean latency, per cent: how far its other results may be off as well.
    private static double spreadPercent(SweepPoint point) {
        double mean = point.metrics().e2el().mean();
        return mean > 0 ? point.interval("mean_e2el_ms").map(range -> 100 * (range.high() - range.low()) / mean).orElse(0.0) : 0;
    }

    /// Whether more draws could move the lower end of the paired interval across zero. The standard error of a normal sample's 2.5 %
    /// quantile, estimated from its mean and deviation, is s sqrt((1 + z^2 / 2) / n).
    private boolean isClose(SweepPoint leader, SweepPoint other) {
        double[] gains = rule.gains(leader, other);
        double mean = 0;
        for (double gain : gains) {
            mean += gain / gains.length;
        }
        double squares = 0;
        for (double gain : gains) {
            squares += (gain - mean) * (gain - mean);
        }
        double deviation = Math.sqrt(squares / Math.max(1, gains.length - 1));
        double error = deviation * Math.sqrt((1 + Z * Z / 2) / gains.length);
        return Double.isFinite(error) && Math.abs(mean - Z * deviation) < Z * error;
    }
}
