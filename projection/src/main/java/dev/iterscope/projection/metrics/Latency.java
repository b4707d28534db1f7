package dev.iterscope.projection.metrics;

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
}
