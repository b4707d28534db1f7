package dev.iterscope.projection.scenario;

import com.fasterxml.jackson.databind.JsonNode;
import dev.iterscope.engine.request.UserInputException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Reads one JSON object strictly: every value has the right type and range, every key is known. Faults name the JSON path.
final class JsonReader {
    private final String file;
    private final String path;
    private final JsonNode object;
    private final Set<String> asked = new TreeSet<>();

    /// @throws UserInputException when `node` is not an object
    JsonReader(String file, String path, JsonNode node) {
        this.file = file;
        this.path = path;
        this.object = node;
        if (!node.isObject()) {
            throw UserInputException.input(file, path, "is " + kind(node) + ", not an object", "give an object { ... }");
        }
    }

    /// True when the key is there, whatever its value.
    boolean contains(String key) {
        asked.add(key);
        return object.has(key);
    }

    /// True when the key is there and not null.
    boolean has(String key) {
        asked.add(key);
        return object.hasNonNull(key);
    }

    int requiredInt(String key, int least, int most) {
        return (int) integer(required(key), at(key), least, most);
    }

    int optionalInt(String key, int fallback, int least, int most) {
        return (int) optionalLong(key, fallback, least, most);
    }

    long optionalLong(String key, long fallback, long least, long most) {
        JsonNode node = ask(key);
        return node == null ? fallback : integer(node, at(key), least, most);
    }

    /// An integer that may be left out or null.
    OptionalLong nullableLong(String key, long least, long most) {
        return has(key) ? OptionalLong.of(integer(object.get(key), at(key), least, most)) : OptionalLong.empty();
    }

    /// A non-negative token id that may be left out or null.
    OptionalInt nullableToken(String key) {
        return has(key) ? OptionalInt.of((int) integer(object.get(key), at(key), 0, Integer.MAX_VALUE)) : OptionalInt.empty();
    }

    double optionalDouble(String key, double fallback, double least, double below) {
        JsonNode node = ask(key);
        if (node == null) {
            return fallback;
        }
        if (!node.isNumber()) {
            throw wrongType(at(key), node, "a number");
        }
        double value = node.doubleValue();
        if (!(value >= least && value < below)) {
            throw fault(at(key), "is " + node.asText(), "give a number from " + least + " to below " + below);
        }
        return value;
    }

    boolean optionalBoolean(String key, boolean fallback) {
        JsonNode node = ask(key);
        if (node == null) {
            return fallback;
        }
        if (!node.isBoolean()) {
            throw wrongType(at(key), node, "true or false");
        }
        return node.booleanValue();
    }

    String requiredText(String key) {
        return text(required(key), at(key));
    }

    /// A text that may be left out or null.
    Optional<String> nullableText(String key) {
        return has(key) ? Optional.of(text(object.get(key), at(key))) : Optional.empty();
    }

    /// One of a few words.
    <T> T choice(String key, T fallback, List<String> words, Function<String, T> meaning) {
        JsonNode node = ask(key);
        if (node == null) {
            return fallback;
        }
        String word = text(node, at(key));
        if (!words.contains(word)) {
            throw fault(at(key), "is \"" + word + "\"", "give one of " + words);
        }
        return meaning.apply(word);
    }

    /// A list of integers that may be left out.
    List<Long> optionalLongs(String key, long least, long most) {
        List<Long> values = new ArrayList<>();
        for (Element element : elements(key)) {
            values.add(integer(element.node(), element.path(), least, most));
        }
        return values;
    }

    /// A list of token ids that may be left out.
    List<Integer> optionalTokens(String key) {
        return tokens(elements(key));
    }

    /// A list of lists of token ids that may be left out.
    List<List<Integer>> optionalTokenLists(String key) {
        List<List<Integer>> lists = new ArrayList<>();
        for (Element element : elements(key)) {
            lists.add(tokens(elements(element.node(), element.path())));
        }
        return lists;
    }

    /// A list of objects that must be there.
    List<JsonReader> requiredObjects(String key) {
        return objects(elements(required(key), at(key)));
    }

    /// A list of objects that may be left out.
    List<JsonReader> optionalObjects(String key) {
        return objects(elements(key));
    }

    /// Ends the reading.
    ///
    /// @throws UserInputException when there is a key that nobody asked for
    void requireNoOtherKeys() {
        for (Iterator<String> keys = object.fieldNames(); keys.hasNext();) {
            String key = keys.next();
            if (!asked.contains(key)) {
                throw fault(at(key), "is an unknown key", "remove or correct it: known here are " + String.join(", ", asked));
            }
        }
    }

    UserInputException fault(String place, String what, String remedy) {
        return UserInputException.input(file, place, what, remedy);
    }

    /// The path of a key of this object.
    String at(String key) {
        return path + (key.matches("[A-Za-z_][A-Za-z_0-9]*") ? "." + key : "['" + key.replaceAll("\\p{Cntrl}", "?") + "']");
    }

    private record Element(JsonNode node, String path) {}

    private List<JsonReader> objects(List<Element> elements) {
        List<JsonReader> readers = new ArrayList<>(elements.size());
        for (Element element : elements) {
            readers.add(new JsonReader(file, element.path(), element.node()));
        }
        return readers;
    }

    private List<Integer> tokens(List<Element> elements) {
        List<Integer> ids = new ArrayList<>(elements.size());
        for (Element element : elements) {
            ids.add((int) integer(element.node(), element.path(), 0, Integer.MAX_VALUE));
        }
        return ids;
    }

    private List<Element> elements(String key) {
        JsonNode node = ask(key);
        return node == null ? List.of() : elements(node, at(key));
    }

    private List<Element> elements(JsonNode node, String place) {
        if (!node.isArray()) {
            throw wrongType(place, node, "a list");
        }
        List<Element> elements = new ArrayList<>(node.size());
        for (int i = 0; i < node.size(); i++) {
            elements.add(new Element(node.get(i), place + "[" + i + "]"));
        }
        return elements;
    }

    private JsonNode required(String key) {
        JsonNode node = ask(key);
        if (node == null) {
            throw fault(at(key), "is missing", "add the key");
        }
        return node;
    }

    private @Nullable JsonNode ask(String key) {
        asked.add(key);
        return object.get(key);
    }

    private long integer(JsonNode node, String place, long least, long most) {
        if (!node.isIntegralNumber()) {
            throw wrongType(place, node, "an integer");
        }
        if (!node.canConvertToLong() || node.longValue() < least || node.longValue() > most) {
            String what = node.asText().startsWith("-") && least >= 0 ? "is negative (" + node.asText() + ")" : "is " + node.asText();
            throw fault(place, what, "give an integer from " + least + " to " + most);
        }
        return node.longValue();
    }

    private String text(JsonNode node, String place) {
        if (!node.isTextual()) {
            throw wrongType(place, node, "a text");
        }
        return node.textValue();
    }

    private UserInputException wrongType(String place, JsonNode node, String wanted) {
        return fault(place, "is " + kind(node) + ", not " + wanted, "give " + wanted);
    }

    private static String kind(JsonNode node) {
        return switch (node.getNodeType()) {
            case ARRAY -> "a list";
            case OBJECT, POJO -> "an object";
            case STRING, BINARY -> "a text";
            case NUMBER -> "the number " + node.asText();
            case BOOLEAN -> node.asText();
            case NULL -> "null";
            case MISSING -> "empty";
        };
    }
}
