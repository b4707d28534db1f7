package dev.iterscope.projection.importer.source;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Consumer;

/// The objects of a JSON file: one object, an array of them, or one after the other on lines. One at a time is in memory.
public final class JsonObjects {

    private static final JsonFactory FACTORY = JsonFactory.builder().build();
    private static final ObjectMapper MAPPER = new ObjectMapper(FACTORY);

    private static final ObjectReader WHOLE_LINE = MAPPER.reader(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    private static final int LINES_LOOKED_AT = 20;
    private static final double MOST_SECONDS = 1e9;

    private JsonObjects() {}

    /// Shows each object. In a file of one object on each line a damaged line is passed over; in any other what comes before the damage is
    /// used. Both are said.
    public static void forEach(Source source, Warnings warnings, Consumer<JsonNode> object) throws IOException {
        if (isLines(source)) {
            LogLines.forEach(source, warnings, line -> takeLine(line, warnings, object));
            return;
        }
        try (InputStream in = source.open(); BoundedParser parser = new BoundedParser(MAPPER.createParser(in))) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                parser.reset();
                if (token == JsonToken.START_OBJECT) {
                    JsonNode node = MAPPER.readTree(parser);
                    object.accept(node);
                }
            }
        } catch (JsonProcessingException e) {
            warnDamaged(e, warnings);
        } catch (IOException e) {
            warnBroken(warnings);
        }
    }

    /// Shows each object, also one that is cut or damaged, with what came before the damage.
    public static void forEachEvenPartly(Source source, Warnings warnings, Consumer<JsonNode> object) throws IOException {
        try (InputStream in = source.open(); BoundedParser parser = new BoundedParser(MAPPER.createParser(in))) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                parser.reset();
                if (token == JsonToken.START_OBJECT) {
                    ObjectNode node = MAPPER.createObjectNode();
                    try {
                        fill(node, parser);
                    } finally {
                        object.accept(node);
                    }
                }
            }
        } catch (JsonProcessingException e) {
            warnDamaged(e, warnings);
        } catch (IOException e) {
            warnBroken(warnings);
        }
    }

    private static void fill(ObjectNode object, BoundedParser parser) throws IOException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            if (parser.nextToken() == JsonToken.START_ARRAY) {
                ArrayNode array = object.putArray(name);
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    array.add((JsonNode) MAPPER.readTree(parser));
                }
            } else {
                object.set(name, (JsonNode) MAPPER.readTree(parser));
            }
        }
    }

    /// Whether most of the first lines are objects by themselves.
    private static boolean isLines(Source source) {
        List<String> lines = source.headText().lines().filter(line -> !line.isBlank()).limit(LINES_LOOKED_AT).toList();
        long whole = lines.stream().filter(JsonObjects::isObject).count();
        boolean array = !lines.isEmpty() && lines.getFirst().stripLeading().startsWith("[");
        return !array && lines.size() > 1 && whole * 2 >= lines.size();
    }

    private static boolean isObject(String line) {
        try {
            return line.stripLeading().startsWith("{") && parse(line).isObject();
        } catch (IOException e) {
            return false;
        }
    }

    private static void takeLine(String line, Warnings warnings, Consumer<JsonNode> object) {
        try {
            JsonNode node = parse(line);
            if (node.isObject()) {
                object.accept(node);
            } else if (!node.isMissingNode()) {
                warnings.add("json-line-ignored", "lines that are no JSON objects");
            }
        } catch (IOException e) {
            warnings.add("json-line-damaged", "lines that are cut or no JSON were left out");
        }
    }

    private static JsonNode parse(String line) throws IOException {
        return WHOLE_LINE.readTree(line.getBytes(StandardCharsets.ISO_8859_1));
    }

    /// Says that a text is no JSON from some place on.
    public static void warnDamaged(JsonProcessingException e, Warnings warnings) {
        JsonLocation at = e.getLocation();
        String place = at == null ? "some place" : "line " + at.getLineNr() + ", column " + at.getColumnNr();
        warnings.add("json-damaged", "the text is cut or no JSON from " + place + " on; what came before is used");
    }

    /// Says that a stream ended with an error.
    public static void warnBroken(Warnings warnings) {
        warnings.add("source-broken", "the file breaks off (damaged or incomplete compression); what came before is used");
    }

    /// A whole number of an object, at least 0.
    public static OptionalLong whole(JsonNode object, String name) {
        JsonNode value = object.path(name);
        return value.isNumber() && value.asDouble() >= 0 && value.asDouble() <= Integer.MAX_VALUE
                ? OptionalLong.of(value.asLong())
                : OptionalLong.empty();
    }

    /// A time in seconds, in nanoseconds; empty if it is not a time of the last or next thirty years.
    public static OptionalLong nanosOfSeconds(JsonNode seconds) {
        double value = seconds.isNumber() ? seconds.asDouble() : Double.NaN;
        return Math.abs(value) <= MOST_SECONDS ? OptionalLong.of(Math.round(value * 1e9)) : OptionalLong.empty();
    }

    /// A finite number of an object.
    public static OptionalDouble real(JsonNode object, String name) {
        JsonNode value = object.path(name);
        return value.isNumber() && Double.isFinite(value.asDouble()) ? OptionalDouble.of(value.asDouble()) : OptionalDouble.empty();
    }
}
