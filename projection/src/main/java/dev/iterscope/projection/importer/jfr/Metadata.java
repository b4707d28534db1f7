package dev.iterscope.projection.importer.jfr;

import dev.iterscope.projection.importer.jfr.EventType.Field;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The types of a chunk, read from its metadata event: a table of strings, then a tree of elements with attributes that refer to it.
final class Metadata {

    private static final int DEEPEST = 16;

    private final Map<Long, EventType> types = new HashMap<>();

    private Metadata() {}

    /// Reads the event whose content begins here, behind size and type.
    ///
    /// @throws IndexOutOfBoundsException if it is damaged
    static Metadata read(Bytes bytes) {
        bytes.integer(); // start
        bytes.integer(); // duration
        bytes.integer(); // number of this metadata
        String[] strings = new String[bytes.count()];
        for (int i = 0; i < strings.length; i++) {
            String text = bytes.text(_ -> null);
            strings[i] = text == null ? "" : text;
        }
        Metadata metadata = new Metadata();
        Element root = element(bytes, strings, 0);
        Map<Long, String> names = new HashMap<>();
        root.all("class").forEach(type -> names.put(type.number("id"), type.text("name")));
        root.all("class").forEach(type -> metadata.add(type, names));
        return metadata;
    }

    /// A type, or null if there is none of this number.
    @Nullable EventType type(long id) {
        return types.get(id);
    }

    private void add(Element type, Map<Long, String> names) {
        List<Field> fields = new ArrayList<>();
        for (Element field : type.children("field")) {
            String timespan = "";
            String instant = "";
            for (Element annotation : field.children("annotation")) {
                String name = names.getOrDefault(annotation.number("class"), "");
                if (name.equals("jdk.jfr.Timespan")) {
                    timespan = annotation.text("value").isEmpty() ? annotation.text("value-0") : annotation.text("value");
                } else if (name.equals("jdk.jfr.Timestamp")) {
                    instant = annotation.text("value").isEmpty() ? annotation.text("value-0") : annotation.text("value");
                }
            }
            boolean pooled = field.text("constantPool").equals("true");
            fields.add(new Field(field.text("name"), field.number("class"), pooled, field.number("dimension") > 0, timespan, instant));
        }
        long id = type.number("id");
        types.put(id, new EventType(id, type.text("name"), List.copyOf(fields)));
    }

    private static Element element(Bytes bytes, String[] strings, int depth) {
        if (depth > DEEPEST) {
            throw new IndexOutOfBoundsException("elements nested too deeply");
        }
        String name = string(bytes, strings);
        Map<String, String> attributes = new HashMap<>();
        int count = bytes.count();
        for (int i = 0; i < count; i++) {
            attributes.put(string(bytes, strings), string(bytes, strings));
        }
        List<Element> children = new ArrayList<>();
        count = bytes.count();
        for (int i = 0; i < count; i++) {
            children.add(element(bytes, strings, depth + 1));
        }
        return new Element(name, attributes, children);
    }

    private static String string(Bytes bytes, String[] strings) {
        long index = bytes.integer();
        if (index < 0 || index >= strings.length) {
            throw new IndexOutOfBoundsException("string " + index);
        }
        return strings[(int) index];
    }

    /// An element of the metadata's tree.
    private record Element(String name, Map<String, String> attributes, List<Element> elements) {

        private String text(String attribute) {
            return attributes.getOrDefault(attribute, "");
        }

        private long number(String attribute) {
            String text = text(attribute);
            return text.matches("\\d{1,18}") ? Long.parseLong(text) : 0;
        }

        private List<Element> children(String wanted) {
            return elements.stream().filter(child -> child.name.equals(wanted)).toList();
        }

        private List<Element> all(String wanted) {
            List<Element> found = new ArrayList<>(children(wanted));
            elements.forEach(child -> found.addAll(child.all(wanted)));
            return found;
        }
    }
}
