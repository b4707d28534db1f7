package dev.iterscope.projection.metrics;

import java.util.Map;

/// One latency over all requests or tokens, in milliseconds. Percentiles are interpolated between ranks as `numpy.percentile` does,
/// so that they equal those of `vllm bench serve`; the standard deviation is the population's. All are 0 when nothing was measured,
/// which is what `vllm bench serve` prints.
///
/// @param mean arithmetic mean
/// @param std  population standard deviation
/// @param p50  median
/// @param p90  90th percentile
/// @param p95  95th percentile
/// @param p99  99th percentile
public record Latency(double mean, double std, double p50, double p90, double p95, double p99) {
    /// Nothing measured.
    public static final Latency NONE = new Latency(0, 0, 0, 0, 0, 0);

    /// Adds each figure by the key of `vllm bench serve`.
    ///
    /// @param name the middle of the keys, such as `ttft`
    public void putTo(Map<String, Double> values, String name) {
        values.put("mean_" + name + "_ms", mean);
        values.put("median_" + name + "_ms", p50);
        values.put("std_" + name + "_ms", std);
        values.put("p50_" + name + "_ms", p50);
        values.put("p90_" + name + "_ms", p90);
        values.put("p95_" + name + "_ms", p95);
        values.put("p99_" + name + "_ms", p99);
    }
}
