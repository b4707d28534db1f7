package dev.iterscope.projection.model.table;

import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.model.kernel.KernelTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

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

    /// The rows whose sizes none of the other tables has for the same kernel; empty where there is none.
    Optional<SourceTable> without(List<SourceTable> others) {
        Set<List<Integer>> known = new HashSet<>();
        for (SourceTable other : others) {
            if (other.table.name().equals(table.name()) && other.table.kernel() == table.kernel()) {
                for (int row = 0; row < other.table.size(); row++) {
                    known.add(sizes(other.table, row));
                }
            }
        }
        int[] kept = IntStream.range(0, table.size()).filter(row -> !known.contains(sizes(table, row))).toArray();
        if (kept.length == 0) {
            return Optional.empty();
        }
        KernelTable rest = new KernelTable(table.name(), table.kernel(), table.unit(),
                Arrays.stream(kept).mapToObj(table::sizes).toArray(int[][]::new), Arrays.stream(kept).mapToDouble(table::time).toArray());
        return Optional.of(new SourceTable(rest, file, Arrays.stream(kept).map(row -> fileRows[row]).toArray()));
    }

    private static List<Integer> sizes(KernelTable table, int row) {
        return Arrays.stream(table.sizes(row)).boxed().toList();
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
