package dev.iterscope.projection.export.jfr;

import java.util.List;

/// A type of a chunk's metadata.
///
/// @param id          its number
/// @param name        its name
/// @param superType   `jdk.jfr.Event`, `java.lang.annotation.Annotation`, or empty
/// @param fields      its fields in the order of the file
/// @param annotations what tools show and how
record TypeDescription(long id, String name, String superType, List<FieldDescription> fields, List<Annotated> annotations) {

    /// A field.
    ///
    /// @param name        its name
    /// @param type        its type's name
    /// @param pooled      whether events hold a key into the constant pool
    /// @param array       whether it is an array
    /// @param annotations what tools show and how
    record FieldDescription(String name, String type, boolean pooled, boolean array, List<Annotated> annotations) {}

    /// An annotation.
    ///
    /// @param type   the annotation type's name
    /// @param key    `value`, or `value-0` in an array
    /// @param value  its value; empty with an empty key for one that has none
    record Annotated(String type, String key, String value) {

        static Annotated of(String type, String value) {
            return new Annotated(type, "value", value);
        }

        static Annotated marker(String type) {
            return new Annotated(type, "", "");
        }
    }
}
