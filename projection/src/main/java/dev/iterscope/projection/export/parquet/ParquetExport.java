package dev.iterscope.projection.export.parquet;

import dev.iterscope.projection.export.table.Column;
import dev.iterscope.projection.export.table.EventTable;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// A table as an Apache Parquet file (format version 1): optional columns, PLAIN encoding, no compression, a page for each column of a row
/// group. Every reader takes that; who wants it smaller rewrites it. Format: github.com/apache/parquet-format.
public final class ParquetExport {

    private static final byte[] MAGIC = "PAR1".getBytes(StandardCharsets.US_ASCII);
    private static final int ROWS_IN_GROUP = 100_000;
    private static final int OPTIONAL = 1;
    private static final int UTF8 = 0;
    private static final int PLAIN = 0;
    private static final int RLE = 3;

    private ParquetExport() {}

    /// Writes a table.
    ///
    /// The first columns are `startNanos`, `durationNanos` and `engine`, as in CSV.
    ///
    /// @param file replaced if it exists
    public static <R> void write(EventTable<R> table, Path file) throws IOException {
        List<Column<R>> columns = columns(table);
        List<Group> groups = new ArrayList<>();
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
            out.write(MAGIC);
            long at = MAGIC.length;
            List<R> rows = table.rows();
            for (int from = 0; from < rows.size(); from += ROWS_IN_GROUP) {
                List<R> part = rows.subList(from, Math.min(rows.size(), from + ROWS_IN_GROUP));
                List<Chunk> chunks = new ArrayList<>();
                for (Column<R> column : columns) {
                    byte[] page = page(column, part);
                    out.write(page);
                    chunks.add(new Chunk(column.name(), ColumnKind.of(column.type()), at, page.length));
                    at += page.length;
                }
                groups.add(new Group(part.size(), chunks));
            }
            byte[] footer = footer(columns, groups, rows.size());
            out.write(footer);
            for (int shift = 0; shift < 32; shift += 8) {
                out.write(footer.length >>> shift);
            }
            out.write(MAGIC);
        }
    }

    private static <R> List<Column<R>> columns(EventTable<R> table) {
        List<Column<R>> columns = new ArrayList<>();
        columns.add(new Column<>("startNanos", Column.Type.NANOS, row -> start(table, row)));
        columns.add(new Column<>("durationNanos", Column.Type.NANOS, row -> table.duration().applyAsLong(row)));
        columns.add(new Column<>("engine", Column.Type.INT, row -> (long) table.engine().applyAsInt(row)));
        table.knownColumns().stream().filter(column -> !column.name().equals("engine")).forEach(columns::add);
        return columns;
    }

    private static <R> @Nullable Long start(EventTable<R> table, R row) {
        OptionalLong start = table.start().apply(row);
        return start.isPresent() ? start.getAsLong() : null;
    }

    private static <R> byte[] page(Column<R> column, List<R> rows) {
        ColumnKind kind = ColumnKind.of(column.type());
        PageBytes page = new PageBytes();
        for (R row : rows) {
            page.add(kind, column.of(row));
        }
        byte[] content = page.bytes();
        byte[] header = new CompactThrift()
                .i32(1, 0) // data page
                .i32(2, content.length)
                .i32(3, content.length)
                .struct(5)
                .i32(1, page.rows())
                .i32(2, PLAIN)
                .i32(3, RLE)
                .i32(4, RLE)
                .end()
                .end()
                .bytes();
        byte[] whole = new byte[header.length + content.length];
        System.arraycopy(header, 0, whole, 0, header.length);
        System.arraycopy(content, 0, whole, header.length, content.length);
        return whole;
    }

    private static <R> byte[] footer(List<Column<R>> columns, List<Group> groups, long rows) {
        CompactThrift footer = new CompactThrift().i32(1, 1).structs(2, columns.size() + 1);
        footer.element().text(4, "schema").i32(5, columns.size()).end();
        for (Column<R> column : columns) {
            ColumnKind kind = ColumnKind.of(column.type());
            footer.element().i32(1, kind.number()).i32(3, OPTIONAL).text(4, column.name());
            if (kind == ColumnKind.TEXT) {
                footer.i32(6, UTF8);
            }
            footer.end();
        }
        footer.i64(3, rows).structs(4, groups.size());
        for (Group group : groups) {
            footer.element().structs(1, group.chunks().size());
            group.chunks().forEach(chunk -> chunk.write(footer, group.rows()));
            footer.i64(2, group.chunks().stream().mapToLong(Chunk::bytes).sum()).i64(3, group.rows()).end();
        }
        return footer.text(6, "iterscope").end().bytes();
    }

    /// Rows that stand together.
    private record Group(int rows, List<Chunk> chunks) {}

    /// A column's part of a group.
    private record Chunk(String name, ColumnKind kind, long at, long bytes) {

        private void write(CompactThrift footer, int rows) {
            footer.element().i64(2, at).struct(3);
            footer.i32(1, kind.number()).i32s(2, PLAIN, RLE).texts(3, name).i32(4, 0).i64(5, rows);
            footer.i64(6, bytes).i64(7, bytes).i64(9, at).end().end();
        }
    }
}
