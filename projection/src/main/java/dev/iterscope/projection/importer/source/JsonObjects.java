package dev.iterscope.projection.importer.source;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Consumer;

/// The objects of a JSON file: one object, an array of them, or one after the other on lines. One at a time is in memory.
public final class JsonObjects {

    private static final JsonFactory FACTORY = JsonFactory.builder().build();
    private static final ObjectMapper MAPPER = new ObjectMapper(FACTORY);

    private JsonObjects() {}

    /// Shows each object; where the text is damaged, says so and stops.
    public static void forEach(Source source, Warnings warnings, Consumer<JsonNode> object) throws IOException {
        try (InputStream in = source.open(); JsonParser parser = MAPPER.createParser(in)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
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

    /// A finite number of an object.
    public static OptionalDouble real(JsonNode object, String name) {
        JsonNode value = object.path(name);
        return value.isNumber() && Double.isFinite(value.asDouble()) ? OptionalDouble.of(value.asDouble()) : OptionalDouble.empty();
    }
}
