package dev.iterscope.projection.importer.jfr;

import dev.iterscope.projection.importer.jfr.EventType.Field;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Decodes the events of one type into a row that is reused from one to the next. Times are nanoseconds of the recording's clock,
/// durations nanoseconds, whatever unit the file has.
final class EventRow {

    /// How a field is decoded.
    private enum Kind {
        /// Of at most 32 bits; a negative one is written as if it were unsigned.
        SHORT_INTEGER,
        INTEGER,
        OCTET,
        FLOAT,
        DOUBLE,
        TEXT,
        POOLED,
        SKIPPED
    }

    private final EventType type;
    private final ConstantPools pools;
    private final Kind[] kinds;
    private final TimeScale[] scales;
    private final long[] longs;
    private final double[] doubles;
    private final @Nullable String[] texts;

    EventRow(EventType type, Metadata metadata, ConstantPools pools, TimeScale ticks) {
        this.type = type;
        this.pools = pools;
        int n = type.fields().size();
        this.kinds = new Kind[n];
        this.scales = new TimeScale[n];
        this.longs = new long[n];
        this.doubles = new double[n];
        this.texts = new @Nullable String[n];
        for (int i = 0; i < n; i++) {
            Field field = type.fields().get(i);
            kinds[i] = kindOf(field, metadata);
            scales[i] = TimeScale.of(field, ticks);
        }
    }

    /// The type's name.
    String name() {
        return type.name();
    }

    /// Place of a field for the methods below, or -1 where the type does not have it; look it up once.
    int indexOf(String field) {
        return type.indexOf(field);
    }

    /// Decodes the event whose fields begin here.
    ///
    /// @throws IndexOutOfBoundsException if it is damaged
    void decode(Bytes bytes) {
        List<Field> fields = type.fields();
        for (int i = 0; i < kinds.length; i++) {
            switch (kinds[i]) {
                case INTEGER -> longs[i] = scales[i].nanos(bytes.integer());
                case SHORT_INTEGER -> longs[i] = scales[i].nanos(bytes.shortInteger());
                case OCTET -> longs[i] = bytes.octet();
                case FLOAT -> doubles[i] = bytes.real32();
                case DOUBLE -> doubles[i] = bytes.real64();
                case TEXT -> texts[i] = bytes.text(pools::string);
                case POOLED -> {
                    longs[i] = bytes.integer();
                    texts[i] = pools.text(fields.get(i).typeId(), longs[i]);
                }
                case SKIPPED -> pools.skip(bytes, fields.get(i), 0);
            }
        }
    }

    /// Whether the type has the field and the event knows its value; unknown values are MIN_VALUE or NaN in a file.
    boolean knows(int index) {
        if (index < 0) {
            return false;
        }
        return switch (kinds[index]) {
            case SHORT_INTEGER -> longs[index] != Integer.MIN_VALUE;
            case INTEGER -> longs[index] != Long.MIN_VALUE;
            case OCTET, POOLED -> true;
            case FLOAT, DOUBLE -> !Double.isNaN(doubles[index]);
            case TEXT -> texts[index] != null;
            case SKIPPED -> false;
        };
    }

    /// A whole number, or the other value where it is not known.
    long integer(int index, long otherwise) {
        return knows(index) ? longs[index] : otherwise;
    }

    /// A number, or NaN where it is not known. Whole numbers count too.
    double real(int index) {
        if (!knows(index)) {
            return Double.NaN;
        }
        return kinds[index] == Kind.FLOAT || kinds[index] == Kind.DOUBLE ? doubles[index] : longs[index];
    }

    /// A text, empty where it is not known.
    String text(int index) {
        String text = index < 0 ? null : texts[index];
        return text == null ? "" : text;
    }

    /// A yes or no; false where it is not known.
    boolean flag(int index) {
        return index >= 0 && longs[index] != 0;
    }

    /// The key of a pooled value, such as the event's thread.
    long key(int index) {
        return index < 0 ? 0 : longs[index];
    }

    private static Kind kindOf(Field field, Metadata metadata) {
        if (field.array()) {
            return Kind.SKIPPED;
        }
        if (field.pooled()) {
            return Kind.POOLED;
        }
        EventType type = metadata.type(field.typeId());
        return switch (type == null ? "" : type.name()) {
            case "int", "short", "char" -> Kind.SHORT_INTEGER;
            case "long" -> Kind.INTEGER;
            case "byte", "boolean" -> Kind.OCTET;
            case "float" -> Kind.FLOAT;
            case "double" -> Kind.DOUBLE;
            case "java.lang.String" -> Kind.TEXT;
            default -> Kind.SKIPPED;
        };
    }
}
