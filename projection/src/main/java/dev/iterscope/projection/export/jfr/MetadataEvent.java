package dev.iterscope.projection.export.jfr;

import dev.iterscope.projection.export.jfr.TypeDescription.Annotated;
import dev.iterscope.projection.export.jfr.TypeDescription.FieldDescription;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The metadata event of a chunk: a table of strings and a tree of elements that refer to it.
final class MetadataEvent {

    private final Map<String, Integer> strings = new LinkedHashMap<>();

    private MetadataEvent() {}

    /// The event's content, behind size and type.
    static EventBytes content(List<TypeDescription> types, long ticks) {
        MetadataEvent event = new MetadataEvent();
        Element root = tree(types);
        root.collect(event.strings);
        EventBytes bytes = new EventBytes();
        bytes.integer(ticks);
        bytes.integer(0); // duration
        bytes.integer(1); // number of this metadata
        bytes.integer(event.strings.size());
        event.strings.keySet().forEach(bytes::text);
        event.write(root, bytes);
        return bytes;
    }

    private void write(Element element, EventBytes bytes) {
        bytes.integer(strings.getOrDefault(element.name, 0));
        bytes.integer(element.attributes.size());
        element.attributes.forEach((key, value) -> {
            bytes.integer(strings.getOrDefault(key, 0));
            bytes.integer(strings.getOrDefault(value, 0));
        });
        bytes.integer(element.children.size());
        element.children.forEach(child -> write(child, bytes));
    }

    private static Element tree(List<TypeDescription> types) {
        Map<String, String> ids = new LinkedHashMap<>();
        types.forEach(type -> ids.put(type.name(), String.valueOf(type.id())));
        Element metadata = new Element("metadata");
        for (TypeDescription type : types) {
            Element element = new Element("class");
            element.attribute("id", String.valueOf(type.id()));
            element.attribute("name", type.name());
            if (!type.superType().isEmpty()) {
                element.attribute("superType", type.superType());
            }
            type.annotations().forEach(annotation -> element.children.add(annotation(annotation, ids)));
            type.fields().forEach(field -> element.children.add(field(field, ids)));
            metadata.children.add(element);
        }
        Element region = new Element("region");
        region.attribute("locale", "en_US");
        region.attribute("gmtOffset", "0");
        Element root = new Element("root");
        root.children.add(metadata);
        root.children.add(region);
        return root;
    }

    private static Element field(FieldDescription field, Map<String, String> ids) {
        Element element = new Element("field");
        element.attribute("name", field.name());
        element.attribute("class", ids.getOrDefault(field.type(), "0"));
        if (field.pooled()) {
            element.attribute("constantPool", "true");
        }
        if (field.array()) {
            element.attribute("dimension", "1");
        }
        field.annotations().forEach(annotation -> element.children.add(annotation(annotation, ids)));
        return element;
    }

    private static Element annotation(Annotated annotation, Map<String, String> ids) {
        Element element = new Element("annotation");
        element.attribute("class", ids.getOrDefault(annotation.type(), "0"));
        if (!annotation.key().isEmpty()) {
            element.attribute(annotation.key(), annotation.value());
        }
        return element;
    }

    /// An element of the tree.
    private static final class Element {
        private final String name;
        private final Map<String, String> attributes = new LinkedHashMap<>();
        private final List<Element> children = new ArrayList<>();

        private Element(String name) {
            this.name = name;
        }

        private void attribute(String key, String value) {
            attributes.put(key, value);
        }

        private void collect(Map<String, Integer> strings) {
            add(name, strings);
            attributes.forEach((key, value) -> {
                add(key, strings);
                add(value, strings);
            });
            children.forEach(child -> child.collect(strings));
        }

        private static void add(String text, Map<String, Integer> strings) {
            strings.putIfAbsent(text, strings.size());
        }
    }
}
