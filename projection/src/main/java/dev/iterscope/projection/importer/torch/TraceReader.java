package dev.iterscope.projection.importer.torch;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import dev.iterscope.projection.importer.source.JsonObjects;
import dev.iterscope.projection.importer.source.Warnings;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/// Goes once through a trace's JSON, event by event; one of them is in memory. Of a trace that is cut or damaged every event before the
/// damage is shown.
///
/// Profilers write names and numbers that strict JSON does not allow (unescaped backslashes, `NaN`); they are read.
final class TraceReader implements Closeable {

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .enable(JsonReadFeature.ALLOW_BACKSLASH_ESCAPING_ANY_CHARACTER)
            .enable(JsonReadFeature.ALLOW_UNESCAPED_CONTROL_CHARS)
            .build();
    private static final int LONGEST_NAME = 4096;
    private static final int MOST_NAMES = 1 << 16;

    private final JsonParser parser;
    private final TraceContent content;
    private final Warnings warnings;
    private final TraceEvent event = new TraceEvent();
    private final Map<String, String> names = new HashMap<>();

    /// Reads a stream, which [#close()] closes.
    TraceReader(InputStream in, TraceContent content, Warnings warnings) throws IOException {
        // A reader puts a replacement where bytes are no UTF-8; the parser for bytes would give up there.
        this.parser = FACTORY.createParser(new InputStreamReader(in, StandardCharsets.UTF_8));
        this.content = content;
        this.warnings = warnings;
    }

    void read() {
        try {
            JsonToken first = parser.nextToken();
            if (first == JsonToken.START_ARRAY) {
                readEvents();
            } else if (first == JsonToken.START_OBJECT) {
                readTrace();
            }
        } catch (JsonProcessingException e) {
            JsonObjects.warnDamaged(e, warnings);
        } catch (IOException e) {
            JsonObjects.warnBroken(warnings);
        }
    }

    @Override
    public void close() throws IOException {
        parser.close();
    }

    private void readTrace() throws IOException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            JsonToken value = parser.nextToken();
            if (field.equals("traceEvents") && value == JsonToken.START_ARRAY) {
                readEvents();
            } else if (field.equals("baseTimeNanoseconds") && value == JsonToken.VALUE_NUMBER_INT) {
                content.base(whole(-1));
            } else if (field.equals("deviceProperties") && value == JsonToken.START_ARRAY) {
                readDevices();
            } else {
                parser.skipChildren();
            }
        }
    }

    private void readEvents() throws IOException {
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY && token != null; token = parser.nextToken()) {
            if (token == JsonToken.START_OBJECT) {
                readEvent();
                content.add(event);
            } else {
                parser.skipChildren();
            }
        }
    }

    private void readEvent() throws IOException {
        event.clear();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            JsonToken value = parser.nextToken();
            switch (field) {
                case "ph" -> event.phase = text(value);
                case "cat" -> event.category = text(value);
                case "name" -> event.name = text(value);
                case "pid" -> event.process = number(value);
                case "tid" -> event.thread = number(value);
                case "ts" -> event.start = value.isNumeric() ? TraceEvent.nanos(parser.getText()) : -1;
                case "dur" -> event.duration = value.isNumeric() ? TraceEvent.nanos(parser.getText()) : -1;
                case "args" -> readArguments(value);
                default -> parser.skipChildren();
            }
        }
    }

    private void readArguments(JsonToken value) throws IOException {
        if (value != JsonToken.START_OBJECT) {
            parser.skipChildren();
            return;
        }
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            JsonToken argument = parser.nextToken();
            switch (field) {
                case "correlation" -> event.correlation = number(argument);
                case "device" -> event.device = number(argument);
                case "stream" -> event.stream = number(argument);
                case "bytes" -> event.bytes = argument.isNumeric() ? parser.getDoubleValue() : -1;
                default -> parser.skipChildren();
            }
        }
    }

    /// The devices that the process saw, each with its number.
    private void readDevices() throws IOException {
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY && token != null; token = parser.nextToken()) {
            if (token != JsonToken.START_OBJECT) {
                parser.skipChildren();
                continue;
            }
            String name = "";
            long id = -1;
            long memory = -1;
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                JsonToken value = parser.nextToken();
                switch (field) {
                    case "id" -> id = number(value);
                    case "name" -> name = text(value);
                    case "totalGlobalMem" -> memory = number(value);
                    default -> parser.skipChildren();
                }
            }
            content.device(id, name, memory);
        }
    }

    private String text(JsonToken value) throws IOException {
        if (value != JsonToken.VALUE_STRING) {
            parser.skipChildren();
            return "";
        }
        String text = parser.getText();
        String kept = text.length() <= LONGEST_NAME ? text : text.substring(0, LONGEST_NAME);
        if (names.size() >= MOST_NAMES) {
            return names.getOrDefault(kept, kept);
        }
        String known = names.putIfAbsent(kept, kept);
        return known == null ? kept : known;
    }

    /// A whole number; other values, such as the names of pseudo-processes, tell things apart all the same.
    private long number(JsonToken value) throws IOException {
        return switch (value) {
            case VALUE_NUMBER_INT -> whole(-1);
            case VALUE_STRING -> parser.getText().hashCode();
            default -> {
                parser.skipChildren();
                yield -1;
            }
        };
    }

    private long whole(long otherwise) throws IOException {
        String text = parser.getText();
        // Longer numbers are no ids and no times.
        return text.length() <= 18 || (text.length() == 19 && text.charAt(0) < '9') ? Long.parseLong(text) : otherwise;
    }
}
