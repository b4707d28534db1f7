package dev.iterscope.projection.export.jfr;

import dev.iterscope.projection.export.jfr.TypeDescription.Annotated;
import dev.iterscope.projection.export.jfr.TypeDescription.FieldDescription;
import dev.iterscope.projection.export.table.Column;
import dev.iterscope.projection.export.table.EventTable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jdk.jfr.Category;
import jdk.jfr.Label;
import jdk.jfr.Percentage;

/// The types of a recording: what the JDK's readers expect to find, and one for each table.
///
/// Every event begins with `startTime`, `duration` and `eventThread`, in this order: the JDK's reader takes the first two from their place.
final class JfrTypes {

    static final String STRING = "java.lang.String";
    static final String THREAD = "java.lang.Thread";
    static final String THREAD_GROUP = "jdk.types.ThreadGroup";

    private static final String ANNOTATION = "java.lang.annotation.Annotation";
    private static final String TIMESTAMP = "jdk.jfr.Timestamp";
    private static final String TIMESPAN = "jdk.jfr.Timespan";
    /// Numbers below are those of the metadata and the constant pools.
    private static final long FIRST_ID = 10;

    private final Map<String, TypeDescription> types = new LinkedHashMap<>();
    private final SchemaLabels labels = new SchemaLabels();

    JfrTypes() {
        for (String primitive : List.of("boolean", "byte", "char", "short", "int", "long", "float", "double", STRING)) {
            add(primitive, "", List.of(), List.of());
        }
        add(
                THREAD_GROUP,
                "",
                List.of(new FieldDescription("parent", THREAD_GROUP, true, false, List.of()), plain("name", STRING)),
                List.of(label("Thread Group")));
        add(
                THREAD,
                "",
                List.of(
                        plain("osName", STRING),
                        plain("osThreadId", "long"),
                        plain("javaName", STRING),
                        plain("javaThreadId", "long"),
                        new FieldDescription("group", THREAD_GROUP, true, false, List.of()),
                        plain("virtual", "boolean")),
                List.of(label("Thread")));
        for (String single : List.of(Label.class.getName(), "jdk.jfr.Description", TIMESTAMP, TIMESPAN, "jdk.jfr.DataAmount")) {
            add(single, ANNOTATION, List.of(plain("value", STRING)), List.of());
        }
        add(Category.class.getName(), ANNOTATION, List.of(new FieldDescription("value", STRING, false, true, List.of())), List.of());
        add(Percentage.class.getName(), ANNOTATION, List.of(), List.of());
    }

    /// All types, in the order of their numbers.
    List<TypeDescription> all() {
        return List.copyOf(types.values());
    }

    /// The number of a type.
    long id(String name) {
        TypeDescription type = types.get(name);
        if (type == null) {
            throw new IllegalArgumentException("no type " + name);
        }
        return type.id();
    }

    /// Adds the type of a table's events with these columns.
    <R> void add(EventTable<R> table, List<Column<R>> columns) {
        List<FieldDescription> fields = new ArrayList<>();
        fields.add(new FieldDescription("startTime", "long", false, false, List.of(label("Start Time"), Annotated.of(TIMESTAMP, "TICKS"))));
        fields.add(new FieldDescription("duration", "long", false, false, List.of(label("Duration"), Annotated.of(TIMESPAN, "TICKS"))));
        fields.add(new FieldDescription("eventThread", THREAD, true, false, List.of(label("Event Thread"))));
        Set<String> names = new LinkedHashSet<>();
        for (Column<R> column : columns) {
            if (names.add(column.name())) {
                boolean nanos = column.type() == Column.Type.NANOS;
                fields.add(new FieldDescription(
                        column.name(), javaType(table.event(), column), false, false, labels.ofField(table.event(), column.name(), nanos)));
            }
        }
        add(table.event(), "jdk.jfr.Event", fields, labels.ofEvent(table.event()));
    }

    /// The Java type that a column has in the file: the schema's where the schema has the field.
    String javaType(String event, Column<?> column) {
        return labels.typeOf(event, column.name()).orElse(switch (column.type()) {
            case INT -> "int";
            case LONG, NANOS, BYTES -> "long";
            case FLOAT -> "float";
            case DOUBLE -> "double";
            case BOOLEAN -> "boolean";
            case TEXT -> STRING;
        });
    }

    private void add(String name, String superType, List<FieldDescription> fields, List<Annotated> annotations) {
        types.put(name, new TypeDescription(FIRST_ID + types.size(), name, superType, fields, annotations));
    }

    private static FieldDescription plain(String name, String type) {
        return new FieldDescription(name, type, false, false, List.of());
    }

    private static Annotated label(String text) {
        return Annotated.of(Label.class.getName(), text);
    }
}
