package dev.iterscope.profiler.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.profiler.LiveSamples;
import dev.iterscope.profiler.TestCounts;
import dev.iterscope.profiler.live.LiveEngine;
import dev.iterscope.profiler.live.LiveRequest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

final class EngineMetricsTest {

    private static final Instant AT = Instant.parse("2026-02-18T16:21:20Z");
    private static final Pattern SAMPLE =
            Pattern.compile("[a-zA-Z_:][a-zA-Z0-9_:]*\\{[a-z_]+=\"[^\"]*\"(,[a-z_]+=\"[^\"]*\")*} [-+0-9.E]+");

    private final EngineMetrics metrics = new EngineMetrics("tiny");

    @Test
    void countsUnderVllmsNames() {
        metrics.engine(new LiveEngine(16, 2048));
        metrics.iteration(LiveSamples.with(
                LiveSamples.iteration(TestCounts.MIXED, AT, Duration.ofMillis(5)), LiveSamples.prefix(9000, 1000, 86)));
        metrics.request(request("length", 0.045));
        metrics.request(request("length", 0.3));
        metrics.request(request("abort", 3));

        assertThat(metrics.text())
                .contains(
                        sample("num_requests_running", "", "13.0"),
                        sample("num_requests_waiting", "", "3.0"),
                        sample("kv_cache_usage_perc", "", "0.5"),
                        sample("cache_config_info", ",block_size=\"16\",num_gpu_blocks=\"2049\"", "1.0"),
                        sample("num_preemptions_total", "", "1.0"),
                        sample("prompt_tokens_total", "", "8900.0"),
                        sample("generation_tokens_total", "", "17.0"),
                        sample("prefix_cache_queries_total", "", "9000.0"),
                        sample("prefix_cache_hits_total", "", "1000.0"),
                        sample("request_success_total", ",finished_reason=\"length\"", "2.0"),
                        sample("request_success_total", ",finished_reason=\"abort\"", "1.0"),
                        sample("iteration_tokens_total_bucket", ",le=\"4096.0\"", "0.0"),
                        sample("iteration_tokens_total_bucket", ",le=\"8192.0\"", "1.0"),
                        sample("iteration_tokens_total_sum", "", "8000.0"),
                        sample("time_to_first_token_seconds_bucket", ",le=\"0.04\"", "0.0"),
                        sample("time_to_first_token_seconds_bucket", ",le=\"0.06\"", "1.0"),
                        sample("time_to_first_token_seconds_bucket", ",le=\"0.5\"", "2.0"),
                        sample("time_to_first_token_seconds_bucket", ",le=\"+Inf\"", "3.0"),
                        sample("time_to_first_token_seconds_count", "", "3.0"),
                        sample("e2e_request_latency_seconds_sum", "", "30.0"),
                        sample("request_prefill_time_seconds_sum", "", "3.342"),
                        sample("request_decode_time_seconds_bucket", ",le=\"10.0\"", "3.0"),
                        sample("request_decode_time_seconds_sum", "", "26.655"),
                        sample("request_inference_time_seconds_sum", "", "29.997"));
    }

    @Test
    void writesTextThatPrometheusReads() {
        metrics.iteration(LiveSamples.iteration(TestCounts.MIXED, AT, Duration.ofMillis(5)));
        metrics.request(request("length", 1));

        List<String> lines = metrics.text().lines().toList();

        assertThat(lines).allSatisfy(line -> assertThat(line.startsWith("# ") || SAMPLE.matcher(line).matches())
                .as(line)
                .isTrue());
        assertThat(lines.stream().filter(line -> line.startsWith("# TYPE"))).doesNotHaveDuplicates();
    }

    @Test
    void showsAnEngineAtRestAsEmpty() {
        metrics.iteration(LiveSamples.iteration(TestCounts.PROPOSAL, AT, Duration.ofMillis(5)));
        for (int request = 0; request < 50; request++) {
            metrics.request(request("length", 1));
        }

        assertThat(metrics.text())
                .contains(sample("num_requests_running", "", "0.0"), sample("kv_cache_usage_perc", "", "0.0"));
    }

    @Test
    void isServedOnLoopback() throws Exception {
        try (MetricsEndpoint endpoint = MetricsEndpoint.onLoopback(0, metrics::text);
                HttpClient client = HttpClient.newHttpClient()) {
            assertThat(endpoint.address().getAddress().isLoopbackAddress()).isTrue();
            String base = "http://127.0.0.1:" + endpoint.address().getPort();

            HttpResponse<String> response = get(client, base + "/metrics");
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue("Content-Type")).hasValue("text/plain; version=0.0.4; charset=utf-8");
            assertThat(response.body()).isEqualTo(metrics.text());
            assertThat(get(client, base + "/").statusCode()).isEqualTo(404);
        }
    }

    private static HttpResponse<String> get(HttpClient client, String uri) throws IOException, InterruptedException {
        return client.send(HttpRequest.newBuilder(URI.create(uri)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private static String sample(String name, String labels, String value) {
        return "vllm:" + name + "{engine=\"0\",model_name=\"tiny\"" + labels + "} " + value + "\n";
    }

    private static LiveRequest request(String reason, double firstTokenSeconds) {
        return new LiveRequest(
                100,
                20,
                Optional.of(Duration.ofMillis(1)),
                Optional.of(Duration.ofMillis((long) (firstTokenSeconds * 1000))),
                Optional.of(Duration.ofMillis(20)),
                Duration.ofSeconds(10),
                reason);
    }
}
