package dev.iterscope.projection.model.table;

import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.model.kernel.KernelTable;
import java.util.ArrayList;
import java.util.List;

/// A kernel's measurements and where each came from.
public final class SourceTable {
    private final KernelTable table;
    private final TableFile file;
    private final int[] fileRows;

    SourceTable(KernelTable table, TableFile file, int[] fileRows) {
        this.table = table;
        this.file = file;
        this.fileRows = fileRows;
    }

    /// The measurements.
    public KernelTable table() {
        return table;
    }

    /// The file that holds them.
    public TableFile file() {
        return file;
    }

    /// Row of the file that row `row` of the table came from.
    public int fileRow(int row) {
        return fileRows[row];
    }

    /// Rows of one kernel from several profiles as one table.
    ///
    /// @param same at least one table, all of one kernel
    public static KernelTable joined(List<SourceTable> same) {
        KernelTable first = same.getFirst().table();
        List<int[]> sizes = new ArrayList<>();
        List<Double> times = new ArrayList<>();
        for (SourceTable source : same) {
            if (source.table().unit() != first.unit() || source.table().kernel() != first.kernel()) {
                throw UserInputException.input(source.file().name(), "",
                        "measures " + first.name() + " in another way than " + same.getFirst().file().name(),
                        "fit them one by one");
            }
            for (int row = 0; row < source.table().size(); row++) {
                sizes.add(source.table().sizes(row));
                times.add(source.table().time(row));
            }
        }
        return new KernelTable(first.name(), first.kernel(), first.unit(), sizes.toArray(int[][]::new),
                times.stream().mapToDouble(Double::doubleValue).toArray());
    }
}
