package dev.iterscope.projection.importer.jfr;

import dev.iterscope.projection.importer.jfr.EventType.Field;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The constants of a chunk that are text: pooled strings, and structures that hold one string and nothing else (an enumeration's name).
/// All other constants, stack traces above all, are passed over.
final class ConstantPools {

    private static final String STRING = "java.lang.String";
    private static final int DEEPEST = 16;

    private final Metadata metadata;
    private final Map<Long, Map<Long, String>> byType = new HashMap<>();
    private @Nullable Map<Long, String> strings;

    ConstantPools(Metadata metadata) {
        this.metadata = metadata;
    }

    /// Reads the event whose content begins here, behind size and type.
    ///
    /// @throws IndexOutOfBoundsException if it is damaged; what was read before stays
    void read(Bytes bytes) {
        bytes.integer(); // start
        bytes.integer(); // duration
        bytes.integer(); // where the event before is
        bytes.octet(); // kind of checkpoint
        int pools = bytes.count();
        for (int i = 0; i < pools; i++) {
            long typeId = bytes.integer();
            EventType type = metadata.type(typeId);
            if (type == null) {
                return;
            }
            readPool(bytes, type);
        }
    }

    /// A pooled string.
    @Nullable String string(long key) {
        return strings == null ? null : strings.get(key);
    }

    /// The text of a constant of another type.
    @Nullable String text(long typeId, long key) {
        return byType.getOrDefault(typeId, Map.of()).get(key);
    }

    private void readPool(Bytes bytes, EventType type) {
        boolean plain = type.name().equals(STRING);
        boolean named = type.fields().size() == 1 && isString(type.fields().getFirst());
        Map<Long, String> pool = plain || named ? byType.computeIfAbsent(type.id(), _ -> new HashMap<>()) : Map.of();
        if (plain) {
            strings = pool;
        }
        int count = bytes.count();
        for (int i = 0; i < count; i++) {
            long key = bytes.integer();
            if (plain || named) {
                String text = bytes.text(this::string);
                pool.put(key, text == null ? "" : text);
            } else {
                skip(bytes, type.fields(), 0);
            }
        }
    }

    /// Passes over the fields of a structure.
    void skip(Bytes bytes, List<Field> fields, int depth) {
        for (Field field : fields) {
            skip(bytes, field, depth);
        }
    }

    /// Passes over a field's value.
    void skip(Bytes bytes, Field field, int depth) {
        int count = field.array() ? bytes.count() : 1;
        for (int i = 0; i < count; i++) {
            if (field.pooled()) {
                bytes.integer();
            } else {
                skipValue(bytes, field.typeId(), depth);
            }
        }
    }

    private void skipValue(Bytes bytes, long typeId, int depth) {
        EventType type = metadata.type(typeId);
        if (type == null || depth > DEEPEST) {
            throw new IndexOutOfBoundsException("type " + typeId);
        }
        switch (type.name()) {
            case "int", "long", "short", "char" -> bytes.integer();
            case "byte", "boolean" -> bytes.octet();
            case "float" -> bytes.skip(4);
            case "double" -> bytes.skip(8);
            case STRING -> bytes.skipText();
            default -> skip(bytes, type.fields(), depth + 1);
        }
    }

    private boolean isString(Field field) {
        EventType type = metadata.type(field.typeId());
        return type != null && type.name().equals(STRING) && !field.array();
    }
}
