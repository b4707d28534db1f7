package dev.iterscope.projection.model.table;

import dev.iterscope.engine.request.UserInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// AIConfigurator's `reuse.yaml`: tables of a version that another version measured.
///
///     reuse:
///     - table: context_attention_perf
///       from_version: 0.24.0
///       reason: ...
///
/// The rows of a file of the same name beside it come first. Source: `aiconfigurator_core/sdk/perf_database.py`, `_parse_reuse_yaml`.
final class ReuseFile {
    static final String NAME = "reuse.yaml";
    private static final Pattern FIRST_KEY = Pattern.compile("(\\s*-\\s+)(\\w+):\\s*(.*)");
    private static final Pattern KEY = Pattern.compile("(\\s+)(\\w+):\\s*(.*)");

    private ReuseFile() {}

    /// A table that another version lends.
    ///
    /// @param table       its file's name without the extension
    /// @param fromVersion the version that measured it
    record Entry(String table, String fromVersion) {}

    /// @throws UserInputException where an entry lacks its table or version
    static List<Entry> read(Path file) throws IOException {
        List<Entry> entries = new ArrayList<>();
        Map<String, String> entry = new LinkedHashMap<>();
        int indent = -1;
        for (String line : Files.readAllLines(file)) {
            Matcher first = FIRST_KEY.matcher(line);
            Matcher next = KEY.matcher(line);
            if (first.matches() && (indent < 0 || first.group(1).length() == indent)) {
                finish(file, entry, entries);
                indent = first.group(1).length();
                entry.put(first.group(2), scalar(first.group(3)));
            } else if (next.matches() && next.group(1).length() == indent) {
                entry.put(next.group(2), scalar(next.group(3)));
            }
        }
        finish(file, entry, entries);
        return entries;
    }

    private static void finish(Path file, Map<String, String> entry, List<Entry> entries) {
        if (entry.isEmpty()) {
            return;
        }
        String table = entry.getOrDefault("table", "");
        String version = entry.getOrDefault("from_version", "");
        if (table.isEmpty() || version.isEmpty()) {
            throw UserInputException.input(file.toString(), "entry " + (entries.size() + 1), "has no "
                    + (table.isEmpty() ? "table" : "from_version"), "name both of each table that another version lends");
        }
        entries.add(new Entry(table.replaceFirst("\\.(parquet|csv|txt)$", ""), version));
        entry.clear();
    }

    private static String scalar(String text) {
        String value = text.replaceFirst("\\s+#.*$", "").strip();
        boolean quoted = value.length() >= 2 && (value.startsWith("'") || value.startsWith("\""))
                && value.charAt(0) == value.charAt(value.length() - 1);
        return quoted ? value.substring(1, value.length() - 1) : value;
    }
}
