package dev.iterscope.projection.importer.jfr;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Makes records of the events of one type. Fields are looked up by name once for each chunk, so that a recording of another version,
/// with more or fewer fields, is read as far as it goes.
abstract class EventMapper {

    private final List<Column> columns = new ArrayList<>();
    private @Nullable EventRow bound;

    /// Takes an event.
    final void take(EventRow row) {
        if (row != bound) {
            columns.forEach(column -> column.index = row.indexOf(column.name));
            bound = row;
        }
        map(row);
    }

    /// Makes records of an event.
    abstract void map(EventRow row);

    /// Hands over what waits for a partner.
    void finish() {}

    /// A field of the type.
    final Column column(String name) {
        Column column = new Column(name);
        columns.add(column);
        return column;
    }

    /// A field, found by its name.
    static final class Column {
        private final String name;
        private int index = -1;

        private Column(String name) {
            this.name = name;
        }

        boolean isIn() {
            return index >= 0;
        }

        long integer(EventRow row, long otherwise) {
            return row.integer(index, otherwise);
        }

        double real(EventRow row) {
            return row.real(index);
        }

        String text(EventRow row) {
            return row.text(index);
        }

        boolean flag(EventRow row) {
            return row.flag(index);
        }

        long key(EventRow row) {
            return row.key(index);
        }

        OptionalLong optionalLong(EventRow row) {
            return row.knows(index) ? OptionalLong.of(row.integer(index, 0)) : OptionalLong.empty();
        }

        OptionalInt optionalInt(EventRow row) {
            long value = row.integer(index, Long.MIN_VALUE);
            return value >= Integer.MIN_VALUE && value <= Integer.MAX_VALUE ? OptionalInt.of((int) value) : OptionalInt.empty();
        }

        OptionalDouble optionalDouble(EventRow row) {
            double value = row.real(index);
            return Double.isNaN(value) ? OptionalDouble.empty() : OptionalDouble.of(value);
        }
    }
}
