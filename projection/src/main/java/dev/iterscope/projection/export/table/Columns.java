package dev.iterscope.projection.export.table;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.function.ToIntFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// Collects the columns of a table.
final class Columns<R> {

    private final List<Column<R>> columns = new ArrayList<>();

    void text(String name, Function<R, String> value) {
        columns.add(new Column<>(name, Column.Type.TEXT, value::apply));
    }

    void optionalText(String name, Function<R, Optional<String>> value) {
        columns.add(new Column<>(name, Column.Type.TEXT, row -> value.apply(row).orElse(null)));
    }

    void flag(String name, Predicate<R> value) {
        columns.add(new Column<>(name, Column.Type.BOOLEAN, value::test));
    }

    void optionalFlag(String name, Function<R, Optional<Boolean>> value) {
        columns.add(new Column<>(name, Column.Type.BOOLEAN, row -> value.apply(row).orElse(null)));
    }

    /// A count that fits into 32 bits: Mission Control charts an `int` but not a `long`.
    void count(String name, ToIntFunction<R> value) {
        columns.add(new Column<>(name, Column.Type.INT, row -> (long) value.applyAsInt(row)));
    }

    void optionalInt(String name, Function<R, OptionalInt> value) {
        columns.add(new Column<>(name, Column.Type.INT, row -> {
            OptionalInt known = value.apply(row);
            return known.isPresent() ? Long.valueOf(known.getAsInt()) : null;
        }));
    }

    /// A count of the schema that is `int` there.
    void optionalCount(String name, Function<R, OptionalLong> value) {
        columns.add(new Column<>(name, Column.Type.INT, row -> boxed(value.apply(row))));
    }

    void number(String name, ToLongFunction<R> value) {
        columns.add(new Column<>(name, Column.Type.LONG, value::applyAsLong));
    }

    void optionalLong(String name, Function<R, OptionalLong> value) {
        columns.add(new Column<>(name, Column.Type.LONG, row -> boxed(value.apply(row))));
    }

    void optionalNanos(String name, Function<R, OptionalLong> value) {
        columns.add(new Column<>(name, Column.Type.NANOS, row -> boxed(value.apply(row))));
    }

    void nanos(String name, ToLongFunction<R> value) {
        columns.add(new Column<>(name, Column.Type.NANOS, value::applyAsLong));
    }

    void bytes(String name, ToLongFunction<R> value) {
        columns.add(new Column<>(name, Column.Type.BYTES, value::applyAsLong));
    }

    void optionalBytes(String name, Function<R, OptionalLong> value) {
        columns.add(new Column<>(name, Column.Type.BYTES, row -> boxed(value.apply(row))));
    }

    void real(String name, ToDoubleFunction<R> value) {
        columns.add(new Column<>(name, Column.Type.DOUBLE, value::applyAsDouble));
    }

    void optionalReal(String name, Function<R, OptionalDouble> value) {
        columns.add(new Column<>(name, Column.Type.DOUBLE, row -> boxed(value.apply(row))));
    }

    void optionalShare(String name, Function<R, OptionalDouble> value) {
        columns.add(new Column<>(name, Column.Type.FLOAT, row -> boxed(value.apply(row))));
    }

    /// A table of things that have no time.
    EventTable<R> table(String event, List<R> rows) {
        return table(event, rows, _ -> OptionalLong.empty(), _ -> 0);
    }

    /// A table of instants.
    EventTable<R> table(String event, List<R> rows, Function<R, OptionalLong> start, ToIntFunction<R> engine) {
        return table(event, rows, start, _ -> 0, engine);
    }

    /// A table of things that take time.
    EventTable<R> table(
            String event, List<R> rows, Function<R, OptionalLong> start, ToLongFunction<R> duration, ToIntFunction<R> engine) {
        return new EventTable<>(event, rows, start, duration, engine, List.copyOf(columns));
    }

    private static @Nullable Long boxed(OptionalLong value) {
        return value.isPresent() ? value.getAsLong() : null;
    }

    private static @Nullable Double boxed(OptionalDouble value) {
        return value.isPresent() ? value.getAsDouble() : null;
    }
}
