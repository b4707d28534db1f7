package dev.iterscope.projection.search;

import dev.iterscope.projection.metrics.ServingMetrics;
import dev.iterscope.projection.model.FittedStepModel.Support;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/// What is predicted for one setting.
///
/// @param setting          the setting
/// @param kvCapacityTokens tokens that the KV cache holds at this setting; empty where it is not known and no limit was simulated
/// @param support          what the prediction rests on
/// @param next             what to measure so that it is interpolated; empty where it is, or where nothing is known to help
/// @param effect           what a what-if brings at this setting; empty where nothing was changed
/// @param metrics          the best estimate
/// @param draws            results under each draw of the model's parameters, in the order of draws, as factors on the best
///                         estimate, by key; empty for point values only
/// @param maxRequestRate   highest request rate at which the objective is met, requests/s, at most what the service completes when
///                         everything waits; empty without an objective, without arrival times, or where no rate meets it
/// @param sloMet           whether it is met at the workload's own rate; empty without an objective
public record SweepPoint(
        Setting setting,
        OptionalLong kvCapacityTokens,
        Support support,
        Optional<NextMeasurement> next,
        Optional<WhatIfEffect> effect,
        ServingMetrics metrics,
        List<Map<String, Double>> draws,
        OptionalDouble maxRequestRate,
        Optional<Boolean> sloMet) {

    /// Keeps an unmodifiable copy.
    public SweepPoint {
        draws = List.copyOf(draws);
    }

    /// A point without a measurement to take.
    public SweepPoint(
            Setting setting,
            OptionalLong kvCapacityTokens,
            Support support,
            ServingMetrics metrics,
            List<Map<String, Double>> draws,
            OptionalDouble maxRequestRate,
            Optional<Boolean> sloMet) {
        this(setting, kvCapacityTokens, support, Optional.empty(), Optional.empty(), metrics, draws, maxRequestRate, sloMet);
    }

    /// The same with a measurement to take.
    SweepPoint withNext(NextMeasurement measurement) {
        return new SweepPoint(
                setting, kvCapacityTokens, support, Optional.of(measurement), effect, metrics, draws, maxRequestRate, sloMet);
    }

    /// The same beside what it would be without the change.
    SweepPoint against(SweepPoint unchanged) {
        return new SweepPoint(setting, kvCapacityTokens, support, next, Optional.of(WhatIfEffect.of(this, unchanged)), metrics, draws,
                maxRequestRate, sloMet);
    }

    /// The token budget.
    public int maxNumBatchedTokens() {
        return setting.maxNumBatchedTokens();
    }

    /// The interval of a result under the draws, the best estimate included: where the data leave much open, the draws spread over
    /// what is possible, and the estimate need not lie among them. Empty without draws.
    public Optional<Interval95> interval(String key) {
        if (draws.isEmpty()) {
            return Optional.empty();
        }
        double value = metrics.values().getOrDefault(key, Double.NaN);
        double[] factors =
                draws.stream().mapToDouble(draw -> draw.getOrDefault(key, 1.0)).toArray();
        return Optional.of(Interval95.of(factors).with(1).times(value));
    }

    /// The results of one draw.
    Map<String, Double> drawn(int index) {
        Map<String, Double> values = new LinkedHashMap<>(metrics.values());
        Map<String, Double> factors = draws.get(index);
        values.replaceAll((key, value) -> value * factors.getOrDefault(key, 1.0));
        return values;
    }
}
