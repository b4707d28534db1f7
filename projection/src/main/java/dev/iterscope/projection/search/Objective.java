package dev.iterscope.projection.search;

import java.util.Map;

/// The one number by which settings are compared: output throughput, divided by how far the worst bound of the service-level
/// objective is exceeded. So a setting that meets it counts with its throughput, and one that misses it by a third counts a quarter less:
/// no cliff, but no reason to miss it either. Predictions and measurements are compared by the same number.
///
/// @param slo the service-level objective, or none
public record Objective(Slo slo) {

    /// The value for these results; higher is better.
    public double of(Map<String, Double> values) {
        double throughput = values.getOrDefault("output_throughput", 0.0);
        if (slo.isEmpty()) {
            return throughput;
        }
        double excess = slo.worstExcess(values);
        return throughput / (1 + Math.max(0, excess));
    }

    /// What it is, in a sentence's middle.
    public String words() {
        return slo.isEmpty() ? "output throughput" : "the objective";
    }
}
