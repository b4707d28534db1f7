package dev.iterscope.projection.report;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/// What the JSON documents of all commands share: keys in snake_case, `schema_version` first, null where a value is unknown. Each document
/// has a JSON Schema in `docs/reference/schema`.
public final class JsonDocument {
    /// Version of every document; raised when a key changes its meaning or goes away.
    public static final int SCHEMA_VERSION = 2;
    /// The key that holds it.
    public static final String VERSION_KEY = "schema_version";

    private JsonDocument() {}

    /// A document with nothing but its version.
    public static ObjectNode create() {
        return JsonNodeFactory.instance.objectNode().put(VERSION_KEY, SCHEMA_VERSION);
    }

    /// Prints a document for programs and people, with a line end.
    public static void print(ObjectNode root, PrintWriter out) {
        out.println(root.toPrettyString());
    }

    /// A number with six significant digits, or null where it is not finite.
    public static ObjectNode put(ObjectNode node, String key, double value) {
        return Double.isFinite(value) ? node.put(key, Figures.significant(value)) : node.putNull(key);
    }

    /// A number with six significant digits, or null where it is unknown.
    public static ObjectNode put(ObjectNode node, String key, OptionalDouble value) {
        return put(node, key, value.orElse(Double.NaN));
    }

    /// A whole number, or null where it is unknown.
    public static ObjectNode put(ObjectNode node, String key, OptionalLong value) {
        return value.isPresent() ? node.put(key, value.getAsLong()) : node.putNull(key);
    }

    /// A whole number, or null where it is unknown.
    public static ObjectNode put(ObjectNode node, String key, OptionalInt value) {
        return value.isPresent() ? node.put(key, value.getAsInt()) : node.putNull(key);
    }

    /// A text, or null where there is none.
    public static ObjectNode put(ObjectNode node, String key, Optional<String> value) {
        return node.put(key, value.orElse(null));
    }
}
