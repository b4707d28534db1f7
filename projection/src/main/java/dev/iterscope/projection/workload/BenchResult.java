package dev.iterscope.projection.workload;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// A result file of `vllm bench serve --save-result`: one JSON object. With `--save-detailed` it has the lengths of every request
/// (`input_lens`, `output_lens`) and, from newer versions, `start_times`; without, only totals, from which equal lengths are assumed.
/// Requests that failed (output length 0) are left out.
final class BenchResult implements TraceFormat {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final String SAVE_DETAILED = "run `vllm bench serve` with --save-result --save-detailed";
    private static final int MAX_REQUESTS = 10_000_000;

    @Override
    public boolean recognises(String firstLine) {
        return firstLine.replace("\uFEFF", "").stripLeading().startsWith("{");
    }

    @Override
    public Trace read(LineSource lines, int limit) throws IOException {
        StringBuilder text = new StringBuilder();
        for (Optional<String> line = lines.next(); line.isPresent(); line = lines.next()) {
            text.append(line.get()).append('\n');
        }
        JsonNode root;
        try {
            root = MAPPER.readTree(text.toString());
        } catch (JsonProcessingException e) {
            throw lines.bad("not JSON (" + e.getOriginalMessage() + ")", SAVE_DETAILED);
        }
        if (root.has("input_lens") && root.has("output_lens")) {
            return detailed(lines, root, limit);
        }
        if (root.has("total_input_tokens") && root.has("total_output_tokens") && root.path("completed").asLong() > 0) {
            return totals(lines, root, limit);
        }
        throw lines.bad("a JSON object without input_lens, output_lens or totals", SAVE_DETAILED);
    }

    private static Trace detailed(LineSource lines, JsonNode root, int limit) {
        JsonNode inputs = root.get("input_lens");
        JsonNode outputs = root.get("output_lens");
        if (inputs.size() != outputs.size()) {
            throw lines.bad(inputs.size() + " input_lens but " + outputs.size() + " output_lens", SAVE_DETAILED);
        }
        JsonNode starts = root.path("start_times");
        boolean timed = starts.size() == inputs.size() && !starts.isEmpty();
        List<TraceEntry> entries = new ArrayList<>();
        double previous = Double.NEGATIVE_INFINITY;
        int failed = 0;
        for (int i = 0; i < inputs.size() && entries.size() < limit; i++) {
            if (outputs.get(i).asLong() == 0) {
                failed++;
                continue;
            }
            OptionalDouble arrival = OptionalDouble.empty();
            if (timed) {
                previous = lines.arrival("start_times[" + i + "]", previous, starts.get(i).asDouble());
                arrival = OptionalDouble.of(previous);
            }
            int input = lines.tokens("input_lens[" + i + "]", inputs.get(i).asLong());
            int output = lines.tokens("output_lens[" + i + "]", outputs.get(i).asLong());
            entries.add(TraceEntry.of("bench-" + i, arrival, input, output));
        }
        return trace(lines, root, entries, failed == 0 ? "" : failed + " failed requests left out");
    }

    private static Trace totals(LineSource lines, JsonNode root, int limit) {
        long completed = root.get("completed").asLong();
        if (completed > MAX_REQUESTS) {
            throw lines.bad("completed is " + completed, SAVE_DETAILED);
        }
        int input = lines.tokens("total_input_tokens / completed", Math.round(root.get("total_input_tokens").asDouble() / completed));
        int output = lines.tokens("total_output_tokens / completed", Math.round(root.get("total_output_tokens").asDouble() / completed));
        List<TraceEntry> entries = new ArrayList<>();
        for (int i = 0; i < Math.min(completed, limit); i++) {
            entries.add(TraceEntry.of("bench-" + i, OptionalDouble.empty(), input, output));
        }
        return trace(lines, root, entries, "every request has the mean lengths, since the file has only totals");
    }

    private static Trace trace(LineSource lines, JsonNode root, List<TraceEntry> entries, String assumption) {
        JsonNode concurrency = root.path("max_concurrency");
        return new Trace(
                "bench result " + lines.file(),
                entries,
                rate(root.path("request_rate")),
                root.path("burstiness").isNumber() ? OptionalDouble.of(root.path("burstiness").asDouble()) : OptionalDouble.empty(),
                concurrency.isInt() && concurrency.asInt() > 0 ? Optional.of(concurrency.asInt()) : Optional.empty(),
                assumption);
    }

    private static OptionalDouble rate(JsonNode value) {
        if (value.isNumber() && value.asDouble() > 0) {
            return OptionalDouble.of(value.asDouble());
        }
        return value.asText().equalsIgnoreCase("inf") ? OptionalDouble.of(Double.POSITIVE_INFINITY) : OptionalDouble.empty();
    }
}
