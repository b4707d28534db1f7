package dev.iterscope.projection.export.jfr;

import dev.iterscope.profiler.event.ServingSchema;
import dev.iterscope.projection.export.jfr.TypeDescription.Annotated;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Percentage;
import jdk.jfr.Timespan;

/// Labels, descriptions and units of the schema, taken from the profiler's event classes, so that an imported recording reads like one of
/// our engine's.
final class SchemaLabels {

    private static final String CATEGORY = "LLM Serving";
    private static final Map<String, String> EXTRA = Map.ofEntries(
            Map.entry("iterscope.Source", "Source"),
            Map.entry("iterscope.Warning", "Import Warning"),
            Map.entry("iterscope.Pause", "Pause"));

    private final Map<String, Class<? extends Event>> classes = new HashMap<>();

    SchemaLabels() {
        for (Class<? extends Event> type : ServingSchema.types()) {
            classes.put(type.getAnnotation(Name.class).value(), type);
        }
    }

    /// The annotations of an event.
    List<Annotated> ofEvent(String event) {
        List<Annotated> annotations = new ArrayList<>();
        Class<? extends Event> type = classes.get(event);
        annotations.add(Annotated.of(Label.class.getName(),
                type == null ? EXTRA.getOrDefault(event, event) : type.getAnnotation(Label.class).value()));
        annotations.add(new Annotated(Category.class.getName(), "value-0", CATEGORY));
        if (type != null) {
            description(type).ifPresent(annotations::add);
        }
        return annotations;
    }

    /// The annotations of a field; one that the schema does not have is labelled by its name.
    ///
    /// @param nanos whether it is a time where the schema does not know it
    List<Annotated> ofField(String event, String field, boolean nanos) {
        List<Annotated> annotations = new ArrayList<>();
        Optional<Field> known = field(event, field);
        if (known.isEmpty()) {
            annotations.add(Annotated.of(Label.class.getName(), words(field)));
            if (nanos) {
                annotations.add(Annotated.of(Timespan.class.getName(), Timespan.NANOSECONDS));
            }
            return annotations;
        }
        Field declared = known.get();
        annotations.add(Annotated.of(Label.class.getName(), declared.getAnnotation(Label.class).value()));
        description(declared).ifPresent(annotations::add);
        if (declared.isAnnotationPresent(Timespan.class)) {
            annotations.add(Annotated.of(Timespan.class.getName(), declared.getAnnotation(Timespan.class).value()));
        }
        if (declared.isAnnotationPresent(DataAmount.class)) {
            annotations.add(Annotated.of(DataAmount.class.getName(), declared.getAnnotation(DataAmount.class).value()));
        }
        if (declared.isAnnotationPresent(Percentage.class)) {
            annotations.add(Annotated.marker(Percentage.class.getName()));
        }
        return annotations;
    }

    /// The Java type of a field of the schema.
    Optional<String> typeOf(String event, String field) {
        return field(event, field).map(declared -> declared.getType().getName());
    }

    private Optional<Field> field(String event, String field) {
        Class<? extends Event> type = classes.get(event);
        if (type == null) {
            return Optional.empty();
        }
        return List.of(type.getDeclaredFields()).stream().filter(declared -> declared.getName().equals(field)).findFirst();
    }

    private static Optional<Annotated> description(AnnotatedElement element) {
        return Optional.ofNullable(element.getAnnotation(Description.class))
                .map(text -> Annotated.of(Description.class.getName(), text.value()));
    }

    /// `timingBasis` as `Timing Basis`.
    private static String words(String name) {
        String spaced = name.replaceAll("([a-z])([A-Z])", "$1 $2");
        return Character.toUpperCase(spaced.charAt(0)) + spaced.substring(1);
    }
}
