package dev.iterscope.projection.search;

import dev.iterscope.projection.search.Evaluation.NullRegret;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/// Compares predictions with measurements of the same settings.
public final class Evaluator {
    private static final List<String> KEYS = List.of(
            "request_throughput",
            "output_throughput",
            "total_token_throughput",
            "mean_ttft_ms",
            "p50_ttft_ms",
            "p99_ttft_ms",
            "mean_tpot_ms",
            "p99_tpot_ms",
            "mean_itl_ms",
            "p99_itl_ms",
            "mean_e2el_ms",
            "p99_e2el_ms");
    private static final int FIXED_POLICY = 2048;
    private static final Comparator<Setting> BY_BUDGET = Comparator.comparingInt(Setting::maxNumBatchedTokens);

    private Evaluator() {}

    /// @param predicted   predictions
    /// @param measured    measurements; settings without a prediction are left out
    /// @param objective   what is compared
    /// @param recommended the setting that was recommended, if any
    /// @param present     the present setting, if known
    public static Evaluation evaluate(
            List<SweepPoint> predicted, List<MeasuredPoint> measured, Objective objective, Optional<Setting> recommended,
            Optional<Setting> present) {
        Map<String, Double> errors = new LinkedHashMap<>();
        for (String key : KEYS) {
            double[] each = measured.stream()
                    .flatMap(point -> error(predicted, point, key).stream())
                    .mapToDouble(Double::doubleValue)
                    .toArray();
            if (each.length > 0) {
                errors.put(key, median(each));
            }
        }
        return new Evaluation(
                errors,
                rankCorrelation(predicted, measured, objective),
                regret(measured, objective, recommended),
                new NullRegret(
                        regret(measured, objective, present),
                        regret(measured, objective, atBudget(measured, FIXED_POLICY)),
                        regret(measured, objective, extreme(measured, BY_BUDGET.reversed())),
                        regret(measured, objective, extreme(measured, BY_BUDGET))));
    }

    private static Optional<Setting> extreme(List<MeasuredPoint> measured, Comparator<Setting> order) {
        return measured.stream().map(MeasuredPoint::setting).max(order.thenComparingInt(Setting::maxNumSeqs));
    }

    private static Optional<Setting> atBudget(List<MeasuredPoint> measured, int budget) {
        return measured.stream()
                .map(MeasuredPoint::setting)
                .filter(setting -> setting.maxNumBatchedTokens() == budget)
                .max(Comparator.comparingInt(Setting::maxNumSeqs));
    }

    private static Optional<SweepPoint> prediction(List<SweepPoint> predicted, MeasuredPoint point) {
        return predicted.stream().filter(candidate -> candidate.setting().equals(point.setting())).findFirst();
    }

    private static Optional<Double> error(List<SweepPoint> predicted, MeasuredPoint point, String key) {
        double truth = point.values().getOrDefault(key, 0.0);
        return truth == 0
                ? Optional.empty()
                : prediction(predicted, point)
                        .map(found -> 100 * Math.abs(found.metrics().values().getOrDefault(key, Double.NaN) / truth - 1));
    }

    private static double median(double[] values) {
        Arrays.sort(values);
        int middle = values.length / 2;
        return values.length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }

    /// How much worse the measured objective is at this setting than at the best one, per cent.
    private static OptionalDouble regret(List<MeasuredPoint> measured, Objective objective, Optional<Setting> policy) {
        if (policy.isEmpty()) {
            return OptionalDouble.empty();
        }
        double best = measured.stream().mapToDouble(point -> objective.of(point.values())).max().orElse(0);
        OptionalDouble chosen = measured.stream()
                .filter(point -> point.setting().equals(policy.get()))
                .mapToDouble(point -> objective.of(point.values()))
                .max();
        return chosen.isPresent() && best > 0 ? OptionalDouble.of(100 * (1 - chosen.getAsDouble() / best)) : OptionalDouble.empty();
    }

    /// Spearman's rank correlation, ties sharing their mean rank.
    private static OptionalDouble rankCorrelation(List<SweepPoint> predicted, List<MeasuredPoint> measured, Objective objective) {
        List<MeasuredPoint> both =
                measured.stream().filter(point -> prediction(predicted, point).isPresent()).toList();
        if (both.size() < 3) {
            return OptionalDouble.empty();
        }
        double[] truth = both.stream().mapToDouble(point -> objective.of(point.values())).toArray();
        double[] guess = both.stream()
                .mapToDouble(point -> objective.of(prediction(predicted, point).orElseThrow().metrics().values()))
                .toArray();
        double r = correlation(ranks(truth), ranks(guess));
        return Double.isFinite(r) ? OptionalDouble.of(r) : OptionalDouble.empty();
    }

    private static double[] ranks(double[] values) {
        double[] ranks = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            int below = 0;
            int equal = 0;
            for (double other : values) {
                below += other < values[i] ? 1 : 0;
                equal += other == values[i] ? 1 : 0;
            }
            ranks[i] = below + (equal - 1) / 2.0;
        }
        return ranks;
    }

    private static double correlation(double[] a, double[] b) {
        double meanA = Arrays.stream(a).average().orElse(0);
        double meanB = Arrays.stream(b).average().orElse(0);
        double product = 0;
        double squaresA = 0;
        double squaresB = 0;
        for (int i = 0; i < a.length; i++) {
            product += (a[i] - meanA) * (b[i] - meanB);
            squaresA += (a[i] - meanA) * (a[i] - meanA);
            squaresB += (b[i] - meanB) * (b[i] - meanB);
        }
        return product / Math.sqrt(squaresA * squaresB);
    }
}
