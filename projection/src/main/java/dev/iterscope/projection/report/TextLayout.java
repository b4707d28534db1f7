package dev.iterscope.projection.report;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/// Writes titles, labelled rows, items and tables within a width. Control characters in what others wrote are replaced, so that a log
/// cannot reach the terminal through a report.
final class TextLayout {
    private static final String BOLD = "\u001b[1m";
    private static final String PLAIN = "\u001b[0m";
    private static final int LABEL = 14;
    private static final int NARROWEST = 40;

    private final PrintWriter out;
    private final int columns;
    private final boolean colour;
    private boolean anything;

    TextLayout(PrintWriter out, int columns, boolean colour) {
        this.out = out;
        this.columns = Math.max(NARROWEST, columns);
        this.colour = colour;
    }

    int columns() {
        return columns;
    }

    void title(String text) {
        if (anything) {
            out.println();
        }
        anything = true;
        String clean = clean(text);
        wrap(clean, columns).forEach(line -> out.println(colour ? BOLD + line + PLAIN : line));
    }

    void item(String text) {
        indented("  - ", text);
    }

    void row(String label, String text) {
        indented("  " + label + " ".repeat(Math.max(1, LABEL - label.length())), text);
    }

    /// A line as it is, cut at the width.
    void line(String text) {
        out.println(text.length() > columns ? text.substring(0, columns) : text.stripTrailing());
    }

    private void indented(String first, String text) {
        List<String> lines = wrap(clean(text), columns - first.length());
        String indent = " ".repeat(first.length());
        for (int i = 0; i < lines.size(); i++) {
            out.println((i == 0 ? first : indent) + lines.get(i));
        }
    }

    /// Columns aligned to the right but the first; columns that do not fit are left out from the right, and said.
    void table(TextTable table) {
        int[] widths = new int[table.rows().getFirst().length];
        for (String[] row : table.rows()) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        int fit = 0;
        int used = 0;
        while (fit < widths.length && used + 2 + widths[fit] <= columns) {
            used += 2 + widths[fit++];
        }
        for (String[] row : table.rows()) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < fit; i++) {
                String pad = " ".repeat(widths[i] - row[i].length());
                line.append("  ").append(i == 0 ? row[i] + pad : pad + row[i]);
            }
            out.println(clean(line.toString()).stripTrailing());
        }
        if (fit < widths.length) {
            item((widths.length - fit) + " columns do not fit: widen the terminal, or use --format csv");
        }
    }

    private static List<String> wrap(String text, int width) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String word : text.split(" ")) {
            if (line.length() > 0 && line.length() + 1 + word.length() > width) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(line.length() > 0 ? " " : "").append(word);
        }
        lines.add(line.toString());
        return lines;
    }

    private static String clean(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }
}
