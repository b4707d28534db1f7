package dev.iterscope.projection.report;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Rows of cells with a header, for [TextLayout#table].
public final class TextTable {
    private final List<String[]> rows = new ArrayList<>();
    private final Set<Integer> chosen = new HashSet<>();

    /// @param header one cell per column
    public TextTable(String... header) {
        rows.add(header);
    }

    /// Adds a row with as many cells as the header.
    public void row(String... cells) {
        rows.add(cells);
    }

    /// A row that is to stand out.
    void chosenRow(String... cells) {
        chosen.add(rows.size());
        rows.add(cells);
    }

    /// True for a row that is to stand out.
    boolean isChosen(int index) {
        return chosen.contains(index);
    }

    /// The header, then the rows.
    List<String[]> rows() {
        return rows;
    }

    /// The same without columns that have no value in any row.
    public TextTable withoutEmptyColumns() {
        List<Integer> kept = new ArrayList<>();
        for (int column = 0; column < rows.getFirst().length; column++) {
            int at = column;
            if (rows.stream().skip(1).anyMatch(row -> !row[at].isEmpty())) {
                kept.add(column);
            }
        }
        TextTable slim = new TextTable(pick(rows.getFirst(), kept));
        rows.stream().skip(1).forEach(row -> slim.row(pick(row, kept)));
        slim.chosen.addAll(chosen);
        return slim;
    }

    private static String[] pick(String[] row, List<Integer> columns) {
        return columns.stream().map(column -> row[column]).toArray(String[]::new);
    }
}
