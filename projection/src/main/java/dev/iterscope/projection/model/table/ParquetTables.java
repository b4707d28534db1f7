package dev.iterscope.projection.model.table;

import dev.hardwood.InputFile;
import dev.hardwood.reader.ColumnReader;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.schema.ColumnSchema;
import dev.iterscope.engine.request.UserInputException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Flat Parquet files.
final class ParquetTables {

    private ParquetTables() {}

    /// Columns and rows, from the file's footer alone.
    static TableHead head(Path file) throws IOException {
        try (ParquetFileReader reader = ParquetFileReader.open(InputFile.of(file))) {
            return new TableHead(reader.getFileSchema().getColumns().stream().map(ColumnSchema::name).toList(),
                    reader.getFileMetaData().numRows());
        } catch (IOException | RuntimeException fault) {
            throw unreadable(file, fault);
        }
    }

    static TableFile read(Path file) throws IOException {
        try (ParquetFileReader reader = ParquetFileReader.open(InputFile.of(file))) {
            List<String> names = new ArrayList<>();
            List<TableFile.Column> columns = new ArrayList<>();
            int rows = -1;
            for (ColumnSchema schema : reader.getFileSchema().getColumns()) {
                Growing column = column(reader, schema);
                if (rows >= 0 && rows != column.size) {
                    throw new IllegalStateException("columns of different length");
                }
                rows = column.size;
                names.add(schema.name());
                columns.add(column.finish());
            }
            return new TableFile(file.toString(), names, columns, Math.max(rows, 0));
        } catch (IOException | RuntimeException | LinkageError fault) {
            throw unreadable(file, fault);
        }
    }

    /// The reader wraps faults of the threads that decode; what is wrong is said by the innermost.
    private static UserInputException unreadable(Path file, Throwable fault) {
        Throwable cause = fault;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        String what = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage().lines().findFirst().orElse("");
        return UserInputException.input(file.toString(), "", "not a readable Parquet file (" + what + ")",
                "write it again, flat, with int64, double and string columns, plain, Snappy, gzip or Zstandard");
    }

    private static Growing column(ParquetFileReader reader, ColumnSchema schema) {
        Growing column = new Growing(schema);
        try (ColumnReader cells = reader.columnReader(schema.name())) {
            while (cells.nextBatch()) {
                column.add(cells);
            }
        }
        return column;
    }

    /// A column that is being read.
    private static final class Growing {
        private final ColumnSchema schema;
        private long[] wholes = {};
        private double[] reals = {};
        private final List<String> texts = new ArrayList<>();
        private boolean hasNulls;
        private int size;

        Growing(ColumnSchema schema) {
            this.schema = schema;
        }

        void add(ColumnReader cells) {
            int n = cells.getRecordCount();
            switch (schema.type()) {
                case INT32 -> add(Arrays.stream(cells.getInts(), 0, n).asLongStream().toArray(), n);
                case INT64 -> add(cells.getLongs(), n);
                case DOUBLE -> addReal(cells.getDoubles(), n);
                case FLOAT -> {
                    double[] wide = new double[n];
                    float[] narrow = cells.getFloats();
                    for (int i = 0; i < n; i++) {
                        wide[i] = narrow[i];
                    }
                    addReal(wide, n);
                }
                case BOOLEAN -> {
                    boolean[] values = cells.getBooleans();
                    for (int i = 0; i < n; i++) {
                        texts.add(Boolean.toString(values[i]));
                    }
                }
                case BYTE_ARRAY, FIXED_LEN_BYTE_ARRAY, INT96 -> {
                    String[] strings = cells.getStrings();
                    for (int i = 0; i < n; i++) {
                        texts.add(strings[i] == null ? "" : strings[i]);
                    }
                }
            }
            if (cells.getLeafValidity().hasNulls()) {
                blank(cells, n);
            }
            size += n;
        }

        private void add(long[] values, int n) {
            wholes = Arrays.copyOf(wholes, size + n);
            System.arraycopy(values, 0, wholes, size, n);
        }

        private void addReal(double[] values, int n) {
            reals = Arrays.copyOf(reals, size + n);
            System.arraycopy(values, 0, reals, size, n);
        }

        /// A missing number is NaN, which a column of whole numbers cannot hold.
        private void blank(ColumnReader cells, int n) {
            if (wholes.length > 0 && !hasNulls) {
                reals = Arrays.stream(wholes).asDoubleStream().toArray();
                hasNulls = true;
            } else if (hasNulls) {
                reals = Arrays.copyOf(reals, size + n);
                for (int i = size; i < size + n; i++) {
                    reals[i] = wholes[i];
                }
            }
            for (int i = 0; i < n && reals.length >= size + n; i++) {
                if (cells.getLeafValidity().isNull(i)) {
                    reals[size + i] = Double.NaN;
                }
            }
        }

        TableFile.Column finish() {
            if (!texts.isEmpty()) {
                return new TableFile.Column.Text(texts);
            }
            if (wholes.length > 0 && !hasNulls) {
                return new TableFile.Column.Whole(List.of(wholes));
            }
            return new TableFile.Column.Real(List.of(reals));
        }
    }
}
