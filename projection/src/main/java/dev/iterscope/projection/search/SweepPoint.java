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
/// @param maxRequestRate   highest request rate at which the objective is met, requests/s; empty without an objective, without arrival
///                         times, or where no rate meets it. At least the workload's own rate where that meets it
/// @param rateDraws        that rate under the first draws, in their order, 0 where no rate meets it; as many as the answer needed
/// @param sloMet           whether the best estimate meets the objective at the workload's own rate; empty without an objective
/// @param probabilityMet   share of the draws that meet it, 0..1; empty without an objective or without draws
public record SweepPoint(
        Setting setting,
        OptionalLong kvCapacityTokens,
        Support support,
        Optional<NextMeasurement> next,
        Optional<WhatIfEffect> effect,
        ServingMetrics metrics,
        List<Map<String, Double>> draws,
        OptionalDouble maxRequestRate,
        List<Double> rateDraws,
        Optional<Boolean> sloMet,
        OptionalDouble probabilityMet) {

    /// Keeps an unmodifiable copy.
    public SweepPoint {
        draws = List.copyOf(draws);
        rateDraws = List.copyOf(rateDraws);
    }

    /// A point without draws.
    public SweepPoint(
            Setting setting,
            OptionalLong kvCapacityTokens,
            Support support,
            ServingMetrics metrics,
            OptionalDouble maxRequestRate,
            Optional<Boolean> sloMet) {
        this(setting, kvCapacityTokens, support, Optional.empty(), Optional.empty(), metrics, List.of(), maxRequestRate, List.of(), sloMet,
                OptionalDouble.empty());
    }

    /// The same with a measurement to take.
    SweepPoint withNext(NextMeasurement measurement) {
        return new SweepPoint(setting, kvCapacityTokens, support, Optional.of(measurement), effect, metrics, draws, maxRequestRate,
                rateDraws, sloMet, probabilityMet);
    }

    /// The same beside what it would be without the change.
    SweepPoint against(SweepPoint unchanged) {
        return new SweepPoint(setting, kvCapacityTokens, support, next, Optional.of(WhatIfEffect.of(this, unchanged)), metrics, draws,
                maxRequestRate, rateDraws, sloMet, probabilityMet);
    }

    /// The same with these draws in place of its own.
    ///
    /// @param slo the objective that they are held against
    SweepPoint withDraws(List<Map<String, Double>> drawn, Slo slo) {
        SweepPoint changed = new SweepPoint(setting, kvCapacityTokens, support, next, effect, metrics, drawn, maxRequestRate, rateDraws,
                sloMet, OptionalDouble.empty());
        return slo.isEmpty() || drawn.isEmpty() ? changed : changed.withProbability(changed.shareThatMeets(slo));
    }

    private SweepPoint withProbability(double share) {
        return new SweepPoint(setting, kvCapacityTokens, support, next, effect, metrics, draws, maxRequestRate, rateDraws, sloMet,
                OptionalDouble.of(share));
    }

    private double shareThatMeets(Slo slo) {
        long met = 0;
        for (int i = 0; i < draws.size(); i++) {
            met += metrics.completed() > 0 && slo.isMet(drawn(i)) ? 1 : 0;
        }
        return (double) met / draws.size();
    }

    /// The same with these highest rates in place of its own.
    SweepPoint withRates(List<Double> rates) {
        return new SweepPoint(setting, kvCapacityTokens, support, next, effect, metrics, draws, maxRequestRate, rates, sloMet,
                probabilityMet);
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

    /// The interval of [#maxRequestRate] under the draws of it, the best estimate included; empty without such draws.
    public Optional<Interval95> rateInterval() {
        if (rateDraws.isEmpty() || maxRequestRate.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(Interval95.of(rateDraws.stream().mapToDouble(Double::doubleValue).toArray()).with(maxRequestRate.getAsDouble()));
    }

    /// The results of one draw.
    Map<String, Double> drawn(int index) {
        Map<String, Double> values = new LinkedHashMap<>(metrics.values());
        Map<String, Double> factors = draws.get(index);
        values.replaceAll((key, value) -> value * factors.getOrDefault(key, 1.0));
        return values;
    }

    /// One result of one draw; NaN where the key is unknown.
    double drawn(int index, String key) {
        return metrics.values().getOrDefault(key, Double.NaN) * draws.get(index).getOrDefault(key, 1.0);
    }
}
