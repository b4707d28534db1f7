package dev.iterscope.projection.report;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/// Writes titles, labelled rows, items and tables within a width. Control characters in what others wrote are replaced, so that a log
/// cannot reach the terminal through a report.
public final class TextLayout {
    private static final String BOLD = "\u001b[1m";
    /// Bold and green.
    private static final String CHOSEN = "\u001b[1;32m";
    /// Begins the chosen row, so that it stands out without colours too.
    static final String CHOSEN_ROW = "> ";
    private static final String PLAIN = "\u001b[0m";
    private static final int LABEL = 14;
    private static final int NARROWEST = 40;

    private final PrintWriter out;
    private final int columns;
    private final boolean colour;
    private boolean anything;

    /// @param columns width of a line in characters
    /// @param colour  whether ANSI colours may be used
    public TextLayout(PrintWriter out, int columns, boolean colour) {
        this.out = out;
        this.columns = Math.max(NARROWEST, columns);
        this.colour = colour;
    }

    int columns() {
        return columns;
    }

    /// A title, after an empty line where something stands before it.
    public void title(String text) {
        if (anything) {
            out.println();
        }
        anything = true;
        String clean = clean(text);
        wrap(clean, columns).forEach(line -> out.println(colour ? BOLD + line + PLAIN : line));
    }

    /// An item of a list, wrapped.
    public void item(String text) {
        indented("  - ", text);
    }

    /// A labelled row, wrapped.
    public void row(String label, String text) {
        indented("  " + label + " ".repeat(Math.max(1, LABEL - label.length())), text);
    }

    /// Lines for a shell. A long one goes on behind a backslash, so that it is pasted as it is meant; a single word is never cut.
    void shell(String lines) {
        lines.lines().forEach(line -> out.println(continued(clean(line))));
    }

    private String continued(String line) {
        StringBuilder text = new StringBuilder();
        int used = 0;
        int from = 0;
        while (from < line.length()) {
            int end = endOfWord(line, from);
            if (used > 0 && used + end - from + 2 > columns && !line.substring(0, from).isBlank()) {
                text.append(" \\\n   ");
                used = 3;
            }
            text.append(line, from, end);
            used += end - from;
            from = end;
        }
        return text.toString();
    }

    /// The end of a word that begins with its blanks; what stands in quotes is one word.
    private static int endOfWord(String line, int from) {
        int at = from;
        while (at < line.length() && line.charAt(at) == ' ') {
            at++;
        }
        char quote = 0;
        for (; at < line.length() && (quote != 0 || line.charAt(at) != ' '); at++) {
            char c = line.charAt(at);
            if (quote == 0 && c == '\\') {
                at++;
            } else if (quote == 0 && (c == '\'' || c == '"')) {
                quote = c;
            } else if (c == quote) {
                quote = 0;
            }
        }
        return Math.min(at, line.length());
    }

    /// A line as it is, cut at the width.
    void line(String text) {
        emphasised(text, false);
    }

    private void indented(String first, String text) {
        List<String> lines = wrap(clean(text), columns - first.length());
        String indent = " ".repeat(first.length());
        for (int i = 0; i < lines.size(); i++) {
            out.println((i == 0 ? first : indent) + lines.get(i));
        }
    }

    /// Columns aligned to the right but the first. Where they do not fit side by side, the rest follows below, the first column repeated.
    public void table(TextTable table) {
        int[] widths = new int[table.rows().getFirst().length];
        for (String[] row : table.rows()) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        int from = 1;
        while (from < widths.length) {
            int to = from;
            int used = 2 + widths[0];
            while (to < widths.length && (to == from || used + 2 + widths[to] <= columns)) {
                used += 2 + widths[to++];
            }
            if (from > 1) {
                out.println();
            }
            block(table, widths, from, to);
            from = to;
        }
    }

    private void block(TextTable table, int[] widths, int from, int to) {
        for (int index = 0; index < table.rows().size(); index++) {
            String[] row = table.rows().get(index);
            StringBuilder line = new StringBuilder(table.isChosen(index) ? CHOSEN_ROW : "  ")
                    .append(row[0])
                    .append(" ".repeat(widths[0] - row[0].length()));
            for (int i = from; i < to; i++) {
                line.append("  ").append(" ".repeat(widths[i] - row[i].length())).append(row[i]);
            }
            emphasised(line.toString().stripTrailing(), table.isChosen(index));
        }
    }

    /// A line that stands out on a terminal with colours where it is the chosen one; cut at the width.
    void emphasised(String text, boolean chosen) {
        String cut = clean(text.length() > columns ? text.substring(0, columns) : text.stripTrailing());
        out.println(chosen && colour ? CHOSEN + cut + PLAIN : cut);
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
