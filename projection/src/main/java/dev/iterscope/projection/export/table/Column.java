package dev.iterscope.projection.export.table;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A column of a table.
///
/// @param name  the event field's name
/// @param type  what its values are
/// @param value a row's value, of the type's class; null where the row does not know it
public record Column<R>(String name, Type type, Function<R, @Nullable Object> value) {

    /// What a column's values are.
    public enum Type {
        /// [Long] that fits into 32 bits.
        INT,
        /// [Long].
        LONG,
        /// [Double], a share that is kept as `float`.
        FLOAT,
        /// [Double].
        DOUBLE,
        /// [Boolean]; always known.
        BOOLEAN,
        /// [String].
        TEXT,
        /// [Long] nanoseconds.
        NANOS,
        /// [Long] bytes.
        BYTES
    }

    /// A row's value.
    public @Nullable Object of(R row) {
        return value.apply(row);
    }
}
