package dev.iterscope.projection.workload;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import java.util.OptionalDouble;

/// One request per line: `input_toks`, `output_toks`, and where known `arrival_time` in seconds from any origin, `request_id` and
/// `priority`. Other fields are ignored, so that a log of served requests can be used as it is.
final class RequestLines extends JsonLines {
    RequestLines() {
        super("input_toks");
    }

    @Override
    String title() {
        return "request file";
    }

    @Override
    TraceEntry entry(LineSource lines, JsonNode row, int position) {
        int input = lines.tokens("input_toks", whole(lines, row, "input_toks"));
        int output = lines.tokens("output_toks", whole(lines, row, "output_toks"));
        OptionalDouble arrival =
                row.has("arrival_time") ? OptionalDouble.of(number(lines, row, "arrival_time")) : OptionalDouble.empty();
        int priority = row.has("priority") ? Math.clamp(whole(lines, row, "priority"), Integer.MIN_VALUE, Integer.MAX_VALUE) : 0;
        String id = row.path("request_id").asText("request-" + position);
        return new TraceEntry(id, arrival, input, output, Optional.empty(), priority);
    }
}
