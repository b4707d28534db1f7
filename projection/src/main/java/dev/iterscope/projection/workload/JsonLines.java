package dev.iterscope.projection.workload;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What formats of one JSON object per line share.
abstract class JsonLines implements TraceFormat {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final String marker;

    /// @param marker a field that only this format has
    JsonLines(String marker) {
        this.marker = marker;
    }

    @Override
    public final boolean recognises(String firstLine) {
        try {
            return firstLine.stripLeading().startsWith("{") && MAPPER.readTree(firstLine).has(marker);
        } catch (JsonProcessingException e) {
            return false;
        }
    }

    @Override
    public final Trace read(LineSource lines, int limit) throws IOException {
        List<TraceEntry> entries = new ArrayList<>();
        double previous = Double.NEGATIVE_INFINITY;
        Optional<String> line = lines.next();
        while (line.isPresent() && entries.size() < limit) {
            TraceEntry entry = entry(lines, parse(lines, line.get()), entries.size());
            if (entry.arrivalSeconds().isPresent()) {
                previous = lines.arrival("arrival", previous, entry.arrivalSeconds().getAsDouble());
            }
            entries.add(entry);
            line = lines.next();
        }
        return Trace.of(title() + " " + lines.file(), entries, "");
    }

    /// What the format is called in reports.
    abstract String title();

    /// One line's request.
    abstract TraceEntry entry(LineSource lines, JsonNode row, int position);

    static JsonNode parse(LineSource lines, String text) {
        try {
            JsonNode row = MAPPER.readTree(text);
            if (row.isObject()) {
                return row;
            }
        } catch (JsonProcessingException e) {
            throw lines.bad("not a JSON object (" + e.getOriginalMessage() + ")", "correct or remove the row");
        }
        throw lines.bad("not a JSON object", "correct or remove the row");
    }

    static long whole(LineSource lines, JsonNode row, String name) {
        JsonNode value = row.get(name);
        if (value == null || !value.isNumber() || !value.canConvertToExactIntegral() || !value.canConvertToLong()) {
            throw lines.bad(name + (value == null ? " is missing" : " is " + shortened(value)) + ", not a whole number", "correct the row");
        }
        return value.longValue();
    }

    static double number(LineSource lines, JsonNode row, String name) {
        JsonNode value = row.get(name);
        if (value == null || !value.isNumber()) {
            throw lines.bad(name + (value == null ? " is missing" : " is " + shortened(value)) + ", not a number", "correct the row");
        }
        return value.doubleValue();
    }

    private static String shortened(JsonNode value) {
        String text = value.toString();
        return text.length() <= 30 ? text : text.substring(0, 30) + "...";
    }
}
