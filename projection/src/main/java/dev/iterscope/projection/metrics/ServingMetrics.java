package dev.iterscope.projection.metrics;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;

/// What a run or a simulation achieved, as `vllm bench serve` defines and names it. TPOT excludes the first token; ITL is over all
/// gaps between tokens of all requests, so that long requests weigh more in it than in TPOT.
///
/// @param durationSeconds            from the first arrival to the last token, seconds
/// @param completed                  requests that finished
/// @param failed                     requests rejected or aborted
/// @param totalInputTokens           prompt tokens of completed requests
/// @param totalOutputTokens          tokens generated for them
/// @param requestGoodput             good requests/s; empty when no limits were given
/// @param peakOutputTokensPerSecond  most tokens in one second, seconds counted from the first arrival
/// @param peakConcurrentRequests     most requests open in one such second
/// @param ttft                       time to first token
/// @param tpot                       mean time per output token of requests with more than one
/// @param itl                        gaps between tokens
/// @param e2el                       end-to-end latency
/// @param engine                     what the engine did
public record ServingMetrics(
        double durationSeconds,
        long completed,
        long failed,
        long totalInputTokens,
        long totalOutputTokens,
        OptionalDouble requestGoodput,
        double peakOutputTokensPerSecond,
        long peakConcurrentRequests,
        Latency ttft,
        Latency tpot,
        Latency itl,
        Latency e2el,
        EngineWork engine) {

    /// What the engine did to achieve it; not part of `vllm bench serve`.
    ///
    /// @param iterations  steps that computed something
    /// @param preemptions requests that lost their blocks, each time counted
    /// @param peakKvUsage highest used share of the KV cache, 0..1
    public record EngineWork(long iterations, long preemptions, double peakKvUsage) {}

    /// Every key of [#values()], for checking expressions before anything has run.
    public static final List<String> KEYS =
            List.copyOf(new ServingMetrics(
                    0, 0, 0, 0, 0, OptionalDouble.of(0), 0, 0, Latency.NONE, Latency.NONE, Latency.NONE, Latency.NONE,
                    new EngineWork(0, 0, 0))
                    .values()
                    .keySet());

    private static final Set<String> COUNTS = Set.of(
            "completed",
            "failed",
            "total_input_tokens",
            "total_output_tokens",
            "max_concurrent_requests",
            "iterations",
            "preemptions");

    /// True for keys whose values are whole numbers.
    public static boolean isCount(String key) {
        return COUNTS.contains(key);
    }

    /// Completed requests per second.
    public double requestThroughput() {
        return perSecond(completed);
    }

    /// Generated tokens per second.
    public double outputThroughput() {
        return perSecond(totalOutputTokens);
    }

    /// Prompt and generated tokens per second.
    public double totalTokenThroughput() {
        return perSecond(totalInputTokens + totalOutputTokens);
    }

    private double perSecond(long count) {
        return durationSeconds > 0 ? count / durationSeconds : 0;
    }

    /// All results by the keys of `vllm bench serve`, in its order, then the engine's.
    public Map<String, Double> values() {
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("duration", durationSeconds);
        values.put("completed", (double) completed);
        values.put("failed", (double) failed);
        values.put("total_input_tokens", (double) totalInputTokens);
        values.put("total_output_tokens", (double) totalOutputTokens);
        values.put("request_throughput", requestThroughput());
        requestGoodput.ifPresent(goodput -> values.put("request_goodput", goodput));
        values.put("output_throughput", outputThroughput());
        values.put("total_token_throughput", totalTokenThroughput());
        values.put("max_output_tokens_per_s", peakOutputTokensPerSecond);
        values.put("max_concurrent_requests", (double) peakConcurrentRequests);
        ttft.putTo(values, "ttft");
        tpot.putTo(values, "tpot");
        itl.putTo(values, "itl");
        e2el.putTo(values, "e2el");
        values.put("iterations", (double) engine.iterations());
        values.put("preemptions", (double) engine.preemptions());
        values.put("peak_kv_usage", engine.peakKvUsage());
        return values;
    }
}
