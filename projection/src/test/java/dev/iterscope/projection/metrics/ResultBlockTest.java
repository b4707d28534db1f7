package dev.iterscope.projection.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class ResultBlockTest {

    private static final Latency LATENCY = new Latency(12.345, 1, 11, 12, 13, 14.5);

    @Test
    void rowsStandAsVllmPrintsThem() {
        ServingMetrics metrics = new ServingMetrics(
                93.45, 48, 0, 34_639, 5_476, OptionalDouble.of(0.5), 352, 44, LATENCY, LATENCY, LATENCY, LATENCY,
                new ServingMetrics.EngineWork(535, 2, 0.125));
        StringWriter text = new StringWriter();
        ResultBlock.print(new PrintWriter(text, true), metrics, OptionalInt.of(8), OptionalDouble.of(2));
        assertThat(text.toString().lines()).startsWith(
                "============ Serving Benchmark Result ============",
                "Successful requests:                     48        ",
                "Failed requests:                         0         ",
                "Maximum request concurrency:             8         ",
                "Request rate configured (RPS):           2.00      ",
                "Benchmark duration (s):                  93.45     ",
                "Total input tokens:                      34639     ",
                "Total generated tokens:                  5476      ",
                "Request throughput (req/s):              0.51      ",
                "Request goodput (req/s):                 0.50      ",
                "Output token throughput (tok/s):         58.60     ",
                "Peak output token throughput (tok/s):    352.00    ",
                "Peak concurrent requests:                44.00     ",
                "Total token throughput (tok/s):          429.27    ",
                "---------------Time to First Token----------------",
                "Mean TTFT (ms):                          12.35     ",
                "Median TTFT (ms):                        11.00     ",
                "P99 TTFT (ms):                           14.50     ",
                "-----Time per Output Token (excl. 1st token)------");
        assertThat(text.toString().lines()).contains("---------------Inter-token Latency----------------",
                "----------------End-to-end Latency----------------", "Iterations:                              535       ");
    }
}
