package dev.iterscope.projection.report;

import dev.iterscope.projection.search.SweepPoint;
import java.util.List;
import java.util.Optional;

/// A result as tables show it.
///
/// @param key            its key, as `vllm bench serve` spells it
/// @param words          what it is, short
/// @param unit           its unit, or nothing where the words say it
/// @param higherIsBetter which way is better
record Result(String key, String words, String unit, boolean higherIsBetter) {
    private static final Result THROUGHPUT = new Result("output_throughput", "output tok/s", "", true);
    private static final Result TTFT_MEAN = latency("mean_ttft_ms", "TTFT mean");
    private static final Result TTFT_P50 = latency("p50_ttft_ms", "TTFT p50");
    private static final Result TTFT_P99 = latency("p99_ttft_ms", "TTFT p99");
    private static final Result TPOT_MEAN = latency("mean_tpot_ms", "TPOT mean");
    private static final Result ITL_P99 = latency("p99_itl_ms", "ITL p99");
    private static final Result E2EL_P99 = latency("p99_e2el_ms", "E2E p99");

    /// What decides between settings.
    static final List<Result> MAIN = List.of(THROUGHPUT, ITL_P99, TTFT_MEAN, TTFT_P99, TPOT_MEAN, E2EL_P99);
    /// Latencies of a sweep's table, the most asked-for first.
    static final List<Result> LATENCIES = List.of(TTFT_P50, TTFT_P99, TPOT_MEAN, ITL_P99, E2EL_P99);
    /// What is plotted in characters, the most telling first.
    static final List<Result> PLOTTED = List.of(THROUGHPUT, ITL_P99, TTFT_P99);
    /// What predictions are held against.
    static final List<Result> COMPARED = List.of(THROUGHPUT, TTFT_MEAN, TTFT_P99, TPOT_MEAN, ITL_P99, E2EL_P99);

    /// What a recording tells of the present setting, beside its prediction.
    static final List<Result> RECORDED =
            List.of(THROUGHPUT, TTFT_MEAN, TTFT_P99, TPOT_MEAN, latency("mean_itl_ms", "ITL mean"), ITL_P99, E2EL_P99);

    private static Result latency(String key, String words) {
        return new Result(key, words, "ms", false);
    }

    /// Its predicted value, NaN where it has none.
    double of(SweepPoint point) {
        return point.metrics().values().getOrDefault(key, Double.NaN);
    }

    /// By how many per cent it is larger at one setting than at another; empty where the other has none.
    Optional<Double> change(SweepPoint point, SweepPoint from) {
        double base = of(from);
        return base > 0 && of(point) > 0 ? Optional.of(100 * (of(point) / base - 1)) : Optional.empty();
    }
}
