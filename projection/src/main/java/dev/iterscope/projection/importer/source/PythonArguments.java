package dev.iterscope.projection.importer.source;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Arguments that a Python server prints of itself: `{'name': value, ...}` or `name=value, ...`, read as far as they are plain values.
/// Objects that print themselves some other way are kept as text that is no value.
public final class PythonArguments {
    private static final int MOST_ARGUMENTS = 1000;

    private PythonArguments() {}

    /// Names and texts of values, in order.
    ///
    /// @param line the line
    /// @param open place of the bracket that opens them
    public static Map<String, String> read(String line, int open) {
        Map<String, String> arguments = new LinkedHashMap<>();
        for (String item : items(line, open)) {
            int middle = item.startsWith("'") || item.startsWith("\"") ? item.indexOf(':') : item.indexOf('=');
            if (middle > 0 && arguments.size() < MOST_ARGUMENTS) {
                arguments.putIfAbsent(item.substring(0, middle).replaceAll("['\" ]", ""), item.substring(middle + 1).strip());
            }
        }
        return arguments;
    }

    /// The value as words of a command: one for a number or a text, several for a list of them, JSON for a dictionary; empty for anything
    /// else.
    public static Optional<List<String>> words(String value) {
        if (value.startsWith("[") || value.startsWith("(")) {
            List<String> words = new ArrayList<>();
            for (String item : items(value, 0)) {
                Optional<String> word = scalar(item);
                if (word.isEmpty()) {
                    return Optional.empty();
                }
                words.add(word.get());
            }
            return Optional.of(words);
        }
        return (value.startsWith("{") ? Optional.ofNullable(json(value)) : scalar(value)).map(List::of);
    }

    private static Optional<String> scalar(String value) {
        if (value.matches("-?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)?")) {
            return Optional.of(value);
        }
        boolean quoted = value.length() >= 2 && (value.charAt(0) == '\'' || value.charAt(0) == '"')
                && value.charAt(value.length() - 1) == value.charAt(0);
        return quoted
                ? Optional.of(Lines.utf8(value.substring(1, value.length() - 1).replaceAll("\\\\(['\"\\\\])", "$1")))
                : Optional.empty();
    }

    private static @Nullable String json(String value) {
        if (value.startsWith("{")) {
            List<String> members = new ArrayList<>();
            for (Map.Entry<String, String> member : read(value, 0).entrySet()) {
                String inner = json(member.getValue());
                if (inner == null) {
                    return null;
                }
                members.add(text(member.getKey()) + ": " + inner);
            }
            return "{" + String.join(", ", members) + "}";
        }
        if (value.startsWith("[")) {
            List<String> members = new ArrayList<>();
            for (String item : items(value, 0)) {
                String inner = json(item);
                if (inner == null) {
                    return null;
                }
                members.add(inner);
            }
            return "[" + String.join(", ", members) + "]";
        }
        return switch (value) {
            case "True" -> "true";
            case "False" -> "false";
            case "None" -> "null";
            default -> scalar(value).map(word -> value.startsWith("'") || value.startsWith("\"") ? text(word) : word).orElse(null);
        };
    }

    private static String text(String word) {
        return '"' + word.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    /// What stands between an opening bracket and the one that closes it, split at its commas. A line that is cut ends the last item early,
    /// which is then left out.
    private static List<String> items(String line, int open) {
        List<String> items = new ArrayList<>();
        int depth = 0;
        char quote = 0;
        int start = open + 1;
        for (int i = open + 1; i < line.length(); i++) {
            char c = line.charAt(i);
            if (quote != 0) {
                if (c == '\\') {
                    i++;
                } else if (c == quote) {
                    quote = 0;
                }
            } else if (c == '\'' || c == '"') {
                quote = c;
            } else if (c == ',' && depth == 0) {
                add(items, line.substring(start, i));
                start = i + 1;
            } else if ("[({<".indexOf(c) >= 0) {
                depth++;
            } else if ("])}>".indexOf(c) >= 0) {
                if (depth == 0) {
                    add(items, line.substring(start, i));
                    return items;
                }
                depth--;
            }
        }
        return items;
    }

    private static void add(List<String> items, String item) {
        if (!item.isBlank()) {
            items.add(item.strip());
        }
    }
}
