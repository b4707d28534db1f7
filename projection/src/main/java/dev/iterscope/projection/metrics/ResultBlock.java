package dev.iterscope.projection.metrics;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/// The result block of `vllm bench serve`, row for row, so that scripts that read it go on working. What the engine did stands in a
/// section of its own at the end, as vLLM does it for speculative decoding.
public final class ResultBlock {
    private static final int WIDTH = 50;

    private final PrintWriter out;

    private ResultBlock(PrintWriter out) {
        this.out = out;
    }

    /// Prints the block.
    ///
    /// @param maxConcurrency the client's limit of open requests, if it had one
    /// @param requestRate    its finite request rate, if it had one
    public static void print(PrintWriter out, ServingMetrics metrics, OptionalInt maxConcurrency, OptionalDouble requestRate) {
        ResultBlock block = new ResultBlock(out);
        block.header(" Serving Benchmark Result ", '=');
        block.row("Successful requests:", metrics.completed());
        block.row("Failed requests:", metrics.failed());
        maxConcurrency.ifPresent(limit -> block.row("Maximum request concurrency:", limit));
        requestRate.ifPresent(rate -> block.row("Request rate configured (RPS):", rate));
        block.row("Benchmark duration (s):", metrics.durationSeconds());
        block.row("Total input tokens:", metrics.totalInputTokens());
        block.row("Total generated tokens:", metrics.totalOutputTokens());
        block.row("Request throughput (req/s):", metrics.requestThroughput());
        metrics.requestGoodput().ifPresent(goodput -> block.row("Request goodput (req/s):", goodput));
        block.row("Output token throughput (tok/s):", metrics.outputThroughput());
        block.row("Peak output token throughput (tok/s):", metrics.peakOutputTokensPerSecond());
        block.row("Peak concurrent requests:", (double) metrics.peakConcurrentRequests());
        block.row("Total token throughput (tok/s):", metrics.totalTokenThroughput());
        block.latency("Time to First Token", "TTFT", metrics.ttft());
        block.latency("Time per Output Token (excl. 1st token)", "TPOT", metrics.tpot());
        block.latency("Inter-token Latency", "ITL", metrics.itl());
        block.latency("End-to-end Latency", "E2EL", metrics.e2el());
        block.header("Engine", '-');
        block.row("Iterations:", metrics.engine().iterations());
        block.row("Preemptions:", metrics.engine().preemptions());
        block.row("Peak KV cache usage (%):", 100 * metrics.engine().peakKvUsage());
        block.header("", '=');
    }

    private void latency(String title, String name, Latency latency) {
        header(title, '-');
        row("Mean " + name + " (ms):", latency.mean());
        row("Median " + name + " (ms):", latency.p50());
        row("P99 " + name + " (ms):", latency.p99());
    }

    private void row(String label, long value) {
        out.println(String.format(Locale.ROOT, "%-40s %-10d", label, value));
    }

    private void row(String label, double value) {
        out.println(String.format(Locale.ROOT, "%-40s %-10.2f", label, value));
    }

    /// Centred as Python's format does: an odd filler goes to the right.
    private void header(String title, char fill) {
        int filler = WIDTH - title.length();
        String line = String.valueOf(fill);
        out.println(line.repeat(filler / 2) + title + line.repeat(filler - filler / 2));
    }
}
