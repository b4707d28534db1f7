package dev.iterscope.projection.workload;

import com.fasterxml.jackson.databind.JsonNode;
import dev.iterscope.engine.request.EncoderInput;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// One request per line: `input_toks`, `output_toks`, and where known `arrival_time` in seconds from any origin, `request_id`,
/// `priority` and `encoder_inputs`: images and the like, each `{"position": first prompt position, "num_tokens": n, "hash": "identity"}`, as in
/// scenarios of `schedule`. Other fields are ignored, so that a log of served requests can be used as it is.
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
        return new TraceEntry(id, arrival, input, output, Optional.empty(), priority, encoderInputs(lines, row, input));
    }

    private static List<EncoderInput> encoderInputs(LineSource lines, JsonNode row, int promptTokens) {
        JsonNode items = row.path("encoder_inputs");
        if (items.isMissingNode() || items.isNull()) {
            return List.of();
        }
        if (!items.isArray()) {
            throw lines.bad("encoder_inputs is not a list", "give [{\"position\": 0, \"num_tokens\": 16, \"hash\": \"a\"}]");
        }
        List<EncoderInput> inputs = new ArrayList<>();
        long end = 0;
        for (JsonNode item : items) {
            long position = whole(lines, item, "position");
            long tokens = whole(lines, item, "num_tokens");
            if (position < end || tokens < 1 || position > promptTokens - tokens) {
                throw lines.bad(
                        "encoder input at " + position + " with " + tokens + " tokens overlaps another or leaves the prompt of "
                                + promptTokens,
                        "correct the row");
            }
            JsonNode hash = item.path("hash");
            if (!hash.isTextual()) {
                throw lines.bad("encoder input at " + position + " has no hash", "give each item a hash: equal items share one");
            }
            inputs.add(new EncoderInput(hash.textValue(), (int) position, (int) tokens));
            end = position + tokens;
        }
        return inputs;
    }
}
