package dev.iterscope.projection.compare;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Results of a recording cut into time blocks, so that any draw of them gives all results again.
///
/// @param blocks      the blocks
/// @param tokens      completed requests and tokens by block; empty where no span is known
/// @param latencies   by the middle of their keys
/// @param preemptions by block; empty where unknown
/// @param peakKvUsage highest share, 0..1. A largest value has no bootstrap: drawing blocks never shows a larger one
record BlockedResults(
        TimeBlocks blocks,
        Optional<Tokens> tokens,
        Map<String, BlockedSamples> latencies,
        Optional<double[]> preemptions,
        Optional<Double> peakKvUsage) {

    /// Completions and tokens by block.
    static final class Tokens {
        private final double seconds;
        private final boolean requestsKnown;
        private final double[] requests;
        private final double[] input;
        private final double[] output;

        /// @param seconds       the whole span
        /// @param requestsKnown whether requests were recorded
        Tokens(double seconds, boolean requestsKnown, int blocks) {
            this.seconds = seconds;
            this.requestsKnown = requestsKnown;
            this.requests = new double[blocks];
            this.input = new double[blocks];
            this.output = new double[blocks];
        }

        void addAt(int block, long prompt, long generated) {
            input[block] += prompt;
            output[block] += generated;
        }

        void addRequests(double[] by) {
            add(requests, by);
        }

        void addInput(double[] by) {
            add(input, by);
        }

        void addOutput(double[] by) {
            add(output, by);
        }

        private static void add(double[] to, double[] by) {
            for (int i = 0; i < by.length; i++) {
                to[i] += by[i];
            }
        }

        private void put(Map<String, Double> values, int[] drawn) {
            values.put("duration", seconds);
            if (requestsKnown) {
                values.put("completed", (double) Math.round(sum(requests, drawn)));
                values.put("total_input_tokens", (double) Math.round(sum(input, drawn)));
                values.put("total_output_tokens", (double) Math.round(sum(output, drawn)));
                values.put("request_throughput", sum(requests, drawn) / seconds);
            }
            values.put("output_throughput", sum(output, drawn) / seconds);
            values.put("total_token_throughput", (sum(input, drawn) + sum(output, drawn)) / seconds);
        }
    }

    /// All results where block `b` counts `drawn[b]` times; together as many as there are blocks.
    Map<String, Double> values(int[] drawn) {
        Map<String, Double> values = new LinkedHashMap<>();
        tokens.ifPresent(known -> known.put(values, drawn));
        latencies.forEach((name, samples) -> {
            if (!samples.isEmpty()) {
                samples.summary(drawn).putTo(values, name);
            }
        });
        preemptions.ifPresent(by -> values.put("preemptions", sum(by, drawn)));
        peakKvUsage.ifPresent(peak -> values.put("peak_kv_usage", peak));
        return values;
    }

    private static double sum(double[] by, int[] drawn) {
        double sum = 0;
        for (int i = 0; i < by.length; i++) {
            sum += by[i] * drawn[i];
        }
        return sum;
    }
}
