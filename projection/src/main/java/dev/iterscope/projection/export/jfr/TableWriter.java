package dev.iterscope.projection.export.jfr;

import dev.iterscope.projection.export.table.Column;
import dev.iterscope.projection.export.table.EventTable;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Writes the rows of one table as events.
final class TableWriter<R> {

    /// A string that is likely to come again goes into the constant pool.
    private static final int LONGEST_POOLED = 512;

    private final EventTable<R> table;
    private final List<Column<R>> columns;
    private final EventBytes content = new EventBytes();
    private Kind[] kinds = {};
    private Iterator<R> rows = List.<R>of().iterator();
    private long type;
    private int engines;

    /// The Java type of a field.
    private enum Kind {
        INT,
        LONG,
        FLOAT,
        DOUBLE,
        BOOLEAN,
        TEXT
    }

    private TableWriter(EventTable<R> table) {
        this.table = table;
        this.columns = table.knownColumns();
    }

    static <R> TableWriter<R> of(EventTable<R> table) {
        return new TableWriter<>(table);
    }

    String name() {
        return table.event();
    }

    /// Adds the event type.
    void describe(JfrTypes types) {
        types.add(table, columns);
    }

    /// The earliest time of a row; the end of time if none has one.
    long firstNanos() {
        long first = Long.MAX_VALUE;
        for (R row : table.rows()) {
            first = Math.min(first, table.start().apply(row).orElse(Long.MAX_VALUE));
        }
        return first;
    }

    /// Goes to the first row.
    void begin(JfrTypes types, int engineCount) {
        type = types.id(table.event());
        kinds = columns.stream().map(column -> kindOf(types.javaType(table.event(), column))).toArray(Kind[]::new);
        rows = table.rows().iterator();
        engines = engineCount;
    }

    void writeAll(ChunkWriter out, JfrTypes types, int engineCount) throws IOException {
        begin(types, engineCount);
        while (writeNext(out)) {
            // until the last row
        }
    }

    /// Writes the next row, if there is one.
    boolean writeNext(ChunkWriter out) throws IOException {
        if (!rows.hasNext()) {
            return false;
        }
        R row = rows.next();
        // Things without a time stand at the begin of the recording.
        OptionalLong known = table.start().apply(row);
        long start = known.isPresent() ? out.ticks(known.getAsLong()) : 0;
        long duration = Math.max(0, table.duration().applyAsLong(row));
        content.clear();
        content.integer(start);
        content.integer(duration);
        content.integer(Math.min(table.engine().applyAsInt(row), engines - 1) + 1L);
        for (int i = 0; i < kinds.length; i++) {
            value(kinds[i], columns.get(i).of(row), out);
        }
        out.event(type, content, start + duration);
        return true;
    }

    private static Kind kindOf(String javaType) {
        return switch (javaType) {
            case "int" -> Kind.INT;
            case "long" -> Kind.LONG;
            case "float" -> Kind.FLOAT;
            case "double" -> Kind.DOUBLE;
            case "boolean" -> Kind.BOOLEAN;
            default -> Kind.TEXT;
        };
    }

    private void value(Kind kind, @Nullable Object value, ChunkWriter out) {
        switch (kind) {
            case INT -> content.shortInteger(value instanceof Long number ? intOf(number) : Integer.MIN_VALUE);
            case LONG -> content.integer(value instanceof Number number ? number.longValue() : Long.MIN_VALUE);
            case FLOAT -> content.real32(value instanceof Double number ? number.floatValue() : Float.NaN);
            case DOUBLE -> content.real64(value instanceof Double number ? number : Double.NaN);
            case BOOLEAN -> content.octet(Boolean.TRUE.equals(value) ? 1 : 0);
            case TEXT -> text(value instanceof String text ? text : null, out);
        }
    }

    private void text(@Nullable String text, ChunkWriter out) {
        if (text == null) {
            content.octet(0);
            return;
        }
        long key = text.isEmpty() || text.length() > LONGEST_POOLED ? -1 : out.keyOf(text);
        if (key < 0) {
            content.text(text);
        } else {
            content.pooled(key);
        }
    }

    /// A count that does not fit is one that nobody can have counted.
    private static int intOf(long number) {
        return number >= 0 && number <= Integer.MAX_VALUE ? (int) number : Integer.MIN_VALUE;
    }
}
