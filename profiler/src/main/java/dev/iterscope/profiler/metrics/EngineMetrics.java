package dev.iterscope.profiler.metrics;

import dev.iterscope.profiler.live.LiveConsumer;
import dev.iterscope.profiler.live.LiveEngine;
import dev.iterscope.profiler.live.LiveIteration;
import dev.iterscope.profiler.live.LiveRequest;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A running engine's metrics under vLLM's names. [#text()] may be called from any thread.
///
/// Tokens count when they are computed: prompt tokens with the step that computed them or found them in the prefix
/// cache (tokens computed again after a preemption do not count again), generated tokens with their step, and a
/// request's first token, which comes of its last context step, when the request ends.
public final class EngineMetrics implements LiveConsumer {

    // Buckets of vLLM's histograms.
    private static final double[] TOKEN_BUCKETS = {1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384};
    private static final double[] REQUEST_TOKEN_BUCKETS = {
        1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000
    };
    private static final double[] FIRST_TOKEN_BUCKETS = {
        0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560
    };
    private static final double[] OUTPUT_TOKEN_BUCKETS = {
        0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80
    };
    private static final double[] REQUEST_BUCKETS = {
        0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680
    };

    private final String model;
    private final Histogram iterationTokens = new Histogram(TOKEN_BUCKETS);
    private final Histogram requestPromptTokens = new Histogram(REQUEST_TOKEN_BUCKETS);
    private final Histogram requestGenerationTokens = new Histogram(REQUEST_TOKEN_BUCKETS);
    private final Histogram timeToFirstToken = new Histogram(FIRST_TOKEN_BUCKETS);
    private final Histogram timePerOutputToken = new Histogram(OUTPUT_TOKEN_BUCKETS);
    private final Histogram endToEnd = new Histogram(REQUEST_BUCKETS);
    private final Histogram queueTime = new Histogram(REQUEST_BUCKETS);
    private final Histogram prefillTime = new Histogram(REQUEST_BUCKETS);
    private final Histogram decodeTime = new Histogram(REQUEST_BUCKETS);
    private final Histogram inferenceTime = new Histogram(REQUEST_BUCKETS);
    private final Map<String, Long> finished = new TreeMap<>();
    private @Nullable LiveEngine engine;
    private @Nullable LiveIteration latest;
    private int endedSinceLatest;
    private long promptTokens;
    private long generationTokens;
    private long preemptions;
    private long prefixQueries;
    private long prefixHits;

    /// @param model name of the model, for the label `model_name`
    public EngineMetrics(String model) {
        this.model = model;
    }

    @Override
    public synchronized void engine(LiveEngine configured) {
        engine = configured;
    }

    @Override
    public synchronized void iteration(LiveIteration iteration) {
        latest = iteration;
        endedSinceLatest = 0;
        iterationTokens.add((double) iteration.contextTokens() + iteration.generationTokens());
        promptTokens += iteration.contextTokens();
        generationTokens += iteration.generationTokens();
        preemptions += iteration.preemptions();
        iteration.detail().ifPresent(detail -> {
            prefixQueries += detail.prefixQueriedTokens().orElse(0);
            prefixHits += detail.prefixHitTokens().orElse(0);
            promptTokens += detail.prefixHitTokens().orElse(0) - detail.recomputedTokens().orElse(0);
        });
    }

    @Override
    public synchronized void request(LiveRequest request) {
        endedSinceLatest++;
        finished.merge(request.finishReason(), 1L, Long::sum);
        requestPromptTokens.add(request.promptTokens());
        requestGenerationTokens.add(request.outputTokens());
        endToEnd.add(seconds(request.endToEnd()));
        addIfKnown(queueTime, request.queueTime());
        addIfKnown(timeToFirstToken, request.timeToFirstToken());
        addIfKnown(timePerOutputToken, request.timePerOutputToken());
        Optional<Duration> queued = request.queueTime();
        Optional<Duration> firstToken = request.timeToFirstToken();
        addIfKnown(prefillTime, firstToken.flatMap(first -> queued.map(first::minus)));
        addIfKnown(decodeTime, firstToken.map(request.endToEnd()::minus));
        addIfKnown(inferenceTime, queued.map(request.endToEnd()::minus));
        if (request.timeToFirstToken().isPresent()) {
            generationTokens++;
        }
    }

    /// Everything in Prometheus' text format.
    public synchronized String text() {
        int number = latest == null ? 0 : latest.detail().map(LiveIteration.Detail::engine).orElse(0);
        MetricsText text = new MetricsText(model, number);
        writeState(text);
        writeCounters(text);
        iterationTokens.write(text, "vllm:iteration_tokens_total", "Tokens computed per step.");
        requestPromptTokens.write(text, "vllm:request_prompt_tokens", "Prompt tokens of a request.");
        requestGenerationTokens.write(text, "vllm:request_generation_tokens", "Tokens generated for a request.");
        timeToFirstToken.write(text, "vllm:time_to_first_token_seconds", "From arrival to the first token.");
        timePerOutputToken.write(
                text, "vllm:time_per_output_token_seconds", "A request's mean time per token after its first.");
        endToEnd.write(text, "vllm:e2e_request_latency_seconds", "From arrival to the end.");
        queueTime.write(text, "vllm:request_queue_time_seconds", "From arrival to the first step.");
        prefillTime.write(text, "vllm:request_prefill_time_seconds", "From the first step to the first token.");
        decodeTime.write(text, "vllm:request_decode_time_seconds", "From the first token to the end.");
        inferenceTime.write(text, "vllm:request_inference_time_seconds", "From the first step to the end.");
        return text.toString();
    }

    private void writeState(MetricsText text) {
        if (latest != null) {
            // A step's figures are those before its outcome: requests that it ended no longer run or hold anything.
            int running = Math.max(0, latest.runningRequests() - endedSinceLatest);
            boolean atRest = running + latest.waitingRequests() == 0;
            gauge(text, "vllm:num_requests_running", "Requests in the running batch.", running);
            gauge(text, "vllm:num_requests_waiting", "Requests waiting to be scheduled.", latest.waitingRequests());
            gauge(text, "vllm:kv_cache_usage_perc", "KV-cache usage, 1 is all of it.", atRest ? 0 : latest.kvUsage());
            gauge(text, "iterscope:kv_tokens_held", "Live tokens in the KV cache.", atRest ? 0 : latest.kvTokensHeld());
        }
        if (engine != null) {
            text.help("vllm:cache_config_info", "Blocks of the KV cache.");
            text.type("vllm:cache_config_info", "gauge");
            // vLLM's number of blocks counts the null block.
            text.sample(
                    "vllm:cache_config_info",
                    Map.of("block_size", engine.blockSize(), "num_gpu_blocks", engine.kvBlocksTotal() + 1),
                    1);
        }
    }

    private void writeCounters(MetricsText text) {
        counter(text, "vllm:prompt_tokens", "Prompt tokens processed.", promptTokens);
        counter(text, "vllm:generation_tokens", "Tokens generated.", generationTokens);
        counter(text, "vllm:num_preemptions", "Preemptions by the scheduler.", preemptions);
        counter(text, "vllm:prefix_cache_queries", "Tokens looked up in the prefix cache.", prefixQueries);
        counter(text, "vllm:prefix_cache_hits", "Tokens found in the prefix cache.", prefixHits);
        text.help("vllm:request_success_total", "Requests that ended, by reason.");
        text.type("vllm:request_success_total", "counter");
        finished.forEach((reason, count) -> text.sample("vllm:request_success_total", "finished_reason", reason, count));
    }

    private static void gauge(MetricsText text, String name, String help, double value) {
        text.help(name, help);
        text.type(name, "gauge");
        text.sample(name, value);
    }

    private static void counter(MetricsText text, String name, String help, long value) {
        text.help(name + "_total", help);
        text.type(name + "_total", "counter");
        text.sample(name + "_total", (double) value);
    }

    private static void addIfKnown(Histogram histogram, Optional<Duration> duration) {
        duration.ifPresent(known -> histogram.add(seconds(known)));
    }

    private static double seconds(Duration duration) {
        return duration.toNanos() / 1e9;
    }
}
