package dev.iterscope.projection.importer.jfr;

import java.util.List;

/// A type of a chunk's metadata: an event, a structure or a primitive.
///
/// @param id     its number in this chunk
/// @param name   `iterscope.Iteration`, `java.lang.String`, `int`
/// @param fields its fields in the order of the file
record EventType(long id, String name, List<Field> fields) {

    /// A field.
    ///
    /// @param name     its name
    /// @param typeId   its type's number
    /// @param pooled   whether the file holds a key into a constant pool instead of the value
    /// @param array    whether it is an array
    /// @param timespan unit of a `jdk.jfr.Timespan`, else empty
    /// @param instant  unit of a `jdk.jfr.Timestamp`, else empty
    record Field(String name, long typeId, boolean pooled, boolean array, String timespan, String instant) {}

    /// Place of a field, or -1.
    int indexOf(String fieldName) {
        for (int i = 0; i < fields.size(); i++) {
            if (fields.get(i).name().equals(fieldName)) {
                return i;
            }
        }
        return -1;
    }
}
