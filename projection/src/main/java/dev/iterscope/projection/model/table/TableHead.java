package dev.iterscope.projection.model.table;

import dev.iterscope.engine.request.UserInputException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// What a file says about its table before any of its rows is read: enough to tell whether it is of use.
///
/// @param columns names of the columns
/// @param rows    number of rows
record TableHead(List<String> columns, long rows) {
    private static final String LFS_POINTER = "version https://git-lfs";

    /// Reads the head of a Parquet or CSV file.
    ///
    /// @throws UserInputException where the file is neither
    static TableHead of(Path file) throws IOException {
        requireContent(file);
        return isParquet(file) ? ParquetTables.head(file) : CsvTables.head(file);
    }

    /// Whether the table has all of these columns.
    boolean has(String... wanted) {
        return columns.containsAll(Arrays.asList(wanted));
    }

    static boolean isParquet(Path file) {
        return name(file).endsWith(".parquet");
    }

    static boolean isTable(Path file) {
        return isParquet(file) || name(file).endsWith(".csv");
    }

    private static String name(Path file) {
        return String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    }

    /// A repository cloned without Git LFS has a few lines of text in the place of each large file.
    private static void requireContent(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] start = in.readNBytes(LFS_POINTER.length());
            if (Arrays.equals(start, LFS_POINTER.getBytes(StandardCharsets.US_ASCII))) {
                throw UserInputException.input(file.toString(), "", "is a pointer of Git LFS in place of the table",
                        "run git lfs pull there");
            }
        }
    }
}
