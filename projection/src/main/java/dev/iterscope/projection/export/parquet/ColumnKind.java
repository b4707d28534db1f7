package dev.iterscope.projection.export.parquet;

import dev.iterscope.projection.export.table.Column;

/// A physical type of Parquet, with its number in the format.
enum ColumnKind {
    /// One bit.
    BOOLEAN(0),
    INT32(1),
    INT64(2),
    FLOAT(4),
    DOUBLE(5),
    /// A byte array that is annotated as UTF-8.
    TEXT(6);

    private final int number;

    ColumnKind(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }

    static ColumnKind of(Column.Type type) {
        return switch (type) {
            case INT -> INT32;
            case LONG, NANOS, BYTES -> INT64;
            case FLOAT -> FLOAT;
            case DOUBLE -> DOUBLE;
            case BOOLEAN -> BOOLEAN;
            case TEXT -> TEXT;
        };
    }
}
