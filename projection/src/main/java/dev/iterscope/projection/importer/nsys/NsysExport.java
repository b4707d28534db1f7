package dev.iterscope.projection.importer.nsys;

import dev.iterscope.projection.importer.source.Warnings;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;

/// An SQLite file, opened for reading only and without a lock or journal beside it.
///
/// Tables and columns are asked for by name; what an export does not have is absent or null, since they changed from version to version and
/// a table exists only where there is data. A damaged file gives its rows up to the damage. Views are no tables: what they would compute
/// has no bound.
final class NsysExport implements Closeable {

    /// No row takes less.
    private static final int LEAST_ROW_BYTES = 4;
    private static final int MOST_TEXTS = 1 << 16;
    private static final int LONGEST_TEXT = 4096;

    private final Connection connection;
    private final Warnings warnings;
    private final Set<String> tables = new HashSet<>();
    private final long mostRows;
    private final Map<Long, String> texts = new HashMap<>();
    private @Nullable PreparedStatement textOf;

    private NsysExport(Connection connection, long bytes, Warnings warnings) {
        this.connection = connection;
        this.warnings = warnings;
        this.mostRows = bytes / LEAST_ROW_BYTES;
    }

    /// Opens a file.
    ///
    /// @throws IOException if it is no SQLite file or damaged beyond reading
    static NsysExport open(Path file, long bytes, Warnings warnings) throws IOException {
        SQLiteConfig config = new SQLiteConfig();
        config.setReadOnly(true);
        try {
            // The slash-separated, escaped path of a URI is what SQLite expects behind "file:".
            String url = "jdbc:sqlite:file:" + file.toAbsolutePath().toUri().getRawPath() + "?immutable=1";
            Connection connection = config.createConnection(url);
            try (Statement statement = connection.createStatement()) {
                // Nothing is written. With this, damage in the description of one table does not make the others unreadable.
                statement.execute("PRAGMA writable_schema = ON");
                statement.execute("PRAGMA trusted_schema = OFF");
                statement.execute("PRAGMA cache_size = -16000");
            }
            NsysExport export = new NsysExport(connection, bytes, warnings);
            export.readTables();
            return export;
        } catch (SQLException e) {
            throw new IOException("its SQLite database is damaged beyond reading", e);
        }
    }

    boolean has(String table) {
        return tables.contains(table);
    }

    /// Shows the rows of a table, as far as they can be read.
    ///
    /// @param columns columns by name; [Row] numbers them in this order
    /// @param where   a condition, or empty
    void forEach(String table, List<String> columns, String where, RowVisitor visitor) {
        if (!has(table)) {
            return;
        }
        long rows = 0;
        try (Statement statement = connection.createStatement()) {
            Set<String> known = columnsOf(table);
            List<String> selected = new ArrayList<>();
            columns.forEach(column -> selected.add(known.contains(column.toLowerCase(Locale.ROOT)) ? "\"" + column + "\"" : "NULL"));
            String query = "SELECT " + String.join(", ", selected) + " FROM \"" + table + "\"" + (where.isEmpty() ? "" : " WHERE " + where);
            try (ResultSet result = statement.executeQuery(query)) {
                Row row = new Row(result);
                while (result.next() && rows++ < mostRows) {
                    visitor.row(row);
                }
            }
        } catch (SQLException e) {
            warnings.add("export-damaged", "tables of the export are damaged; every row before the damage is used");
        }
    }

    /// A text of the export's table of texts, empty where it is not there.
    String text(long id) {
        String known = texts.get(id);
        if (known != null) {
            return known;
        }
        String text = readText(id);
        if (texts.size() < MOST_TEXTS) {
            texts.put(id, text);
        }
        return text;
    }

    @Override
    public void close() throws IOException {
        try {
            connection.close();
        } catch (SQLException e) {
            throw new IOException("cannot close the database", e);
        }
    }

    private String readText(long id) {
        if (!has("StringIds")) {
            return "";
        }
        try {
            if (textOf == null) {
                textOf = connection.prepareStatement("SELECT substr(value, 1, " + LONGEST_TEXT + ") FROM StringIds WHERE id = ?");
            }
            textOf.setLong(1, id);
            try (ResultSet result = textOf.executeQuery()) {
                String text = result.next() ? result.getString(1) : null;
                return text == null ? "" : text;
            }
        } catch (SQLException e) {
            warnings.add("export-texts-damaged", "names that the export's damaged table of texts does not give");
            return "";
        }
    }

    private void readTables() throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0")) {
            while (result.next()) {
                tables.add(String.valueOf(result.getString(1)));
            }
        }
    }

    private Set<String> columnsOf(String table) throws SQLException {
        Set<String> columns = new HashSet<>();
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("PRAGMA table_info(\"" + table + "\")")) {
            while (result.next()) {
                columns.add(String.valueOf(result.getString("name")).toLowerCase(Locale.ROOT));
            }
        }
        return columns;
    }

    /// Is shown rows.
    interface RowVisitor {
        /// A row, which is the same object each time.
        void row(Row row) throws SQLException;
    }

    /// A row of a query.
    static final class Row {
        private final ResultSet result;

        private Row(ResultSet result) {
            this.result = result;
        }

        /// A whole number, or the other value where there is none.
        long integer(int column, long otherwise) throws SQLException {
            long value = result.getLong(column + 1);
            return value == 0 && result.wasNull() ? otherwise : value;
        }

        /// A text, empty where there is none.
        String text(int column) throws SQLException {
            String value = result.getString(column + 1);
            return value == null ? "" : value;
        }
    }
}
