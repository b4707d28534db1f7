package dev.iterscope.projection.search;

import java.util.Map;

/// The one number by which measured settings are compared, so that regret can be told: what is maximised (output throughput where that is
/// a rate that was not searched in the measurement), divided by the factor that the worst bound of the objective is exceeded by. A
/// setting that misses a bound by a hair so counts a hair less. The recommendation does not use it: see [Rule].
///
/// @param slo  the service-level objective, or none
/// @param goal what is maximised within it
public record Objective(Slo slo, Goal goal) {

    /// The value for these results; higher is better.
    public double of(Map<String, Double> values) {
        double value = switch (goal) {
            case Goal.Key(String key, Goal.Direction direction) -> direction == Goal.Direction.HIGHER
                    ? values.getOrDefault(key, 0.0)
                    : values.getOrDefault(key, 0.0) > 0 ? 1 / values.getOrDefault(key, 0.0) : 0;
            case Goal.Knee knee -> values.getOrDefault("output_throughput", 0.0);
            case Goal.HighestRate rate -> values.getOrDefault("output_throughput", 0.0);
        };
        return slo.isEmpty() ? value : value / (1 + Math.max(0, slo.worstExcess(values)));
    }
}
