package dev.iterscope.projection.model.table;

import dev.iterscope.engine.request.UserInputException;
import java.util.Arrays;
import java.util.List;

/// A table as a file holds it, column by column.
public final class TableFile {
    private final String name;
    private final List<String> columns;
    private final List<Column> data;
    private final int rows;

    /// One column.
    sealed interface Column {
        String text(int row);

        double number(int row);

        /// Whole numbers.
        ///
        /// @param values the values
        record Whole(List<long[]> values) implements Column {
            @Override
            public String text(int row) {
                return Long.toString(values.getFirst()[row]);
            }

            @Override
            public double number(int row) {
                return values.getFirst()[row];
            }
        }

        /// Numbers with a fraction; NaN where one is missing.
        ///
        /// @param values the values
        record Real(List<double[]> values) implements Column {
            @Override
            public String text(int row) {
                double value = values.getFirst()[row];
                return Double.isNaN(value) ? "" : Double.toString(value);
            }

            @Override
            public double number(int row) {
                return values.getFirst()[row];
            }
        }

        /// Text.
        ///
        /// @param values the values
        record Text(List<String> values) implements Column {
            @Override
            public String text(int row) {
                return values.get(row);
            }

            @Override
            public double number(int row) {
                String text = values.get(row);
                if (text.isEmpty()) {
                    return Double.NaN;
                }
                try {
                    return Double.parseDouble(text);
                } catch (NumberFormatException notANumber) {
                    return Double.NEGATIVE_INFINITY;
                }
            }
        }
    }

    TableFile(String name, List<String> columns, List<Column> data, int rows) {
        this.name = name;
        this.columns = List.copyOf(columns);
        this.data = List.copyOf(data);
        this.rows = rows;
    }

    /// The file's name as the user gave it.
    public String name() {
        return name;
    }

    /// Names of the columns in their order.
    public List<String> columns() {
        return columns;
    }

    /// Number of rows.
    public int rows() {
        return rows;
    }

    /// Whether the table has all of these columns.
    boolean has(String... wanted) {
        return columns.containsAll(Arrays.asList(wanted));
    }

    /// A cell as text.
    public String text(String column, int row) {
        return data.get(columns.indexOf(column)).text(row);
    }

    /// All cells of a row as text.
    public List<String> row(int row) {
        return data.stream().map(column -> column.text(row)).toList();
    }

    /// The numbers of a column; NaN where a cell is empty.
    ///
    /// @throws UserInputException for a cell that is not a number
    double[] numbers(String column) {
        Column cells = data.get(columns.indexOf(column));
        double[] numbers = new double[rows];
        for (int row = 0; row < rows; row++) {
            numbers[row] = cells.number(row);
            if (Double.isInfinite(numbers[row])) {
                throw UserInputException.input(name, "row " + (row + 1) + ", column " + column,
                        "'" + cells.text(row) + "' is not a number", "correct the cell");
            }
        }
        return numbers;
    }

    /// The numbers of a column as integers.
    ///
    /// @throws UserInputException for a cell that is not a number from 0 to 2³¹ − 1
    int[] integers(String column) {
        double[] numbers = numbers(column);
        int[] integers = new int[rows];
        for (int row = 0; row < rows; row++) {
            if (!(numbers[row] >= 0 && numbers[row] <= Integer.MAX_VALUE)) {
                throw UserInputException.input(name, "row " + (row + 1) + ", column " + column,
                        text(column, row) + " is not a size from 0 to " + Integer.MAX_VALUE, "correct the cell");
            }
            integers[row] = (int) Math.round(numbers[row]);
        }
        return integers;
    }
}
