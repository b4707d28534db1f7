package dev.iterscope.projection.model.table;

import dev.iterscope.projection.model.kernel.Kernel;
import dev.iterscope.projection.model.kernel.KernelTable;
import dev.iterscope.projection.model.kernel.KernelTable.TimeUnit;
import dev.iterscope.projection.model.kernel.MatrixType;
import dev.iterscope.projection.recording.KernelRecord;
import dev.iterscope.projection.recording.Recording;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Tables of the kernels that a recording holds, with the sizes that their records say. A kernel without sizes cannot be modelled and is
/// left out: its share of the time still shows in `project`.
public final class RecordedKernels {
    private static final int FEWEST_ROWS = 8;

    private RecordedKernels() {}

    /// The tables, by name; those with fewer than 8 rows are left out.
    public static List<KernelTable> tables(Recording recording) {
        Map<String, Rows> tables = new LinkedHashMap<>();
        for (KernelRecord record : recording.kernels()) {
            if (record.timeNanos() > 0) {
                row(record).ifPresent(row -> tables.computeIfAbsent(row.name(), name -> new Rows(row.kernel())).add(row.sizes(), record));
            }
        }
        List<KernelTable> found = new ArrayList<>();
        tables.forEach((name, rows) -> {
            if (rows.times.size() >= FEWEST_ROWS) {
                found.add(rows.table(name));
            }
        });
        return List.copyOf(found);
    }

    private record Row(String name, Kernel kernel, int[] sizes) {}

    private static final class Rows {
        private final Kernel kernel;
        private final List<int[]> sizes = new ArrayList<>();
        private final List<Double> times = new ArrayList<>();

        Rows(Kernel kernel) {
            this.kernel = kernel;
        }

        void add(int[] row, KernelRecord record) {
            sizes.add(row);
            times.add((double) record.timeNanos());
        }

        KernelTable table(String name) {
            return new KernelTable(name, kernel, TimeUnit.NANOSECONDS, sizes.toArray(int[][]::new),
                    times.stream().mapToDouble(Double::doubleValue).toArray());
        }
    }

    private static Optional<Row> row(KernelRecord record) {
        return switch (record.kind()) {
            case GEMM -> record.m().isPresent() && record.n().isPresent() && record.k().isPresent()
                    ? Optional.of(new Row("gemm", Kernel.GEMM, new int[] {record.m().getAsInt(), record.n().getAsInt(), record.k().getAsInt(),
                        MatrixType.BFLOAT16.code()}))
                    : Optional.empty();
            case NORM, ACTIVATION, ROTARY, KV_WRITE, EMBEDDING, MOE, ALL_REDUCE -> byTokens(record, Kernel.TOKENS);
            case SAMPLING -> byTokens(record, Kernel.SEQUENCES);
            case CONTEXT_ATTENTION, GENERATION_ATTENTION, COPY, GRAPH, OTHER -> Optional.empty();
        };
    }

    private static Optional<Row> byTokens(KernelRecord record, Kernel kernel) {
        return record.tokens().isPresent() && record.tokens().getAsInt() > 0
                ? Optional.of(new Row(record.kind().label(), kernel, new int[] {record.tokens().getAsInt()}))
                : Optional.empty();
    }
}
