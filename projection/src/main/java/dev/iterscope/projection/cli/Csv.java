package dev.iterscope.projection.cli;

import java.util.List;
import java.util.stream.Collectors;

/// Lines of CSV (RFC 4180): a cell with a comma, quote or line break is quoted.
final class Csv {

    private Csv() {}

    static String line(List<String> cells) {
        return cells.stream().map(Csv::cell).collect(Collectors.joining(","));
    }

    private static String cell(String text) {
        return text.chars().anyMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r') ? '"' + text.replace("\"", "\"\"") + '"' : text;
    }
}
