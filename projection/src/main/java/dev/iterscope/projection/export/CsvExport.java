package dev.iterscope.projection.export;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import dev.iterscope.projection.export.table.Column;
import dev.iterscope.projection.export.table.EventTable;
import java.io.IOException;
import java.io.Writer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/// A table as CSV (RFC 4180), with a header row. Unknown values are empty.
public final class CsvExport {

    private CsvExport() {}

    /// Writes a table; the writer stays open.
    ///
    /// The first columns of every table are `startNanos`, `durationNanos` and `engine`.
    public static <R> void write(EventTable<R> table, Writer to) throws IOException {
        List<Column<R>> columns = table.knownColumns().stream().filter(column -> !column.name().equals("engine")).toList();
        CsvWriter csv = CsvWriter.builder().lineDelimiter(LineDelimiter.LF).build(to);
        List<String> cells = new ArrayList<>(List.of("startNanos", "durationNanos", "engine"));
        columns.forEach(column -> cells.add(column.name()));
        csv.writeRecord(cells);
        for (R row : table.rows()) {
            cells.clear();
            OptionalLong start = table.start().apply(row);
            cells.add(start.isPresent() ? Long.toString(start.getAsLong()) : "");
            cells.add(Long.toString(table.duration().applyAsLong(row)));
            cells.add(Integer.toString(table.engine().applyAsInt(row)));
            for (Column<R> column : columns) {
                Object value = column.of(row);
                cells.add(value == null ? "" : value.toString());
            }
            csv.writeRecord(cells);
        }
        csv.flush();
    }
}
