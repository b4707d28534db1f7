package dev.iterscope.projection.model.kernel;

import java.util.Arrays;
import java.util.BitSet;

/// Measurements of one kind of kernel: sizes and times, a structure of arrays.
public final class KernelTable {
    private final String name;
    private final Kernel kernel;
    private final TimeUnit unit;
    private final int[][] values;
    private final double[] times;

    /// Unit of the times.
    public enum TimeUnit {
        /// Milliseconds (AIConfigurator).
        MILLISECONDS("ms", 1e6),
        /// Microseconds (LLMServingSim).
        MICROSECONDS("us", 1e3),
        /// Nanoseconds (recordings).
        NANOSECONDS("ns", 1);

        private final String label;
        private final double nanos;

        TimeUnit(String label, double nanos) {
            this.label = label;
            this.nanos = nanos;
        }

        /// Its symbol.
        public String label() {
            return label;
        }

        /// Nanoseconds in one.
        public double nanos() {
            return nanos;
        }
    }

    /// @param name       what reports call it: `gemm`, `qkv_proj`, ...
    /// @param kernel     kind
    /// @param unit       unit of the times
    /// @param values     for each row the value of each axis of the kernel
    /// @param times      for each row its time; NaN where a row is to be predicted only
    public KernelTable(String name, Kernel kernel, TimeUnit unit, int[][] values, double[] times) {
        if (values.length != times.length) {
            throw new IllegalArgumentException("rows " + values.length + " and times " + times.length + " differ");
        }
        this.name = name;
        this.kernel = kernel;
        this.unit = unit;
        this.values = values;
        this.times = times;
    }

    /// What reports call it.
    public String name() {
        return name;
    }

    /// Its kind.
    public Kernel kernel() {
        return kernel;
    }

    /// Unit of the times.
    public TimeUnit unit() {
        return unit;
    }

    /// Number of rows.
    public int size() {
        return times.length;
    }

    /// Time of a row in [#unit].
    public double time(int row) {
        return times[row];
    }

    /// Copy of the sizes of a row, one for each axis of the kernel.
    public int[] sizes(int row) {
        return values[row].clone();
    }

    /// Whether some row has these values on two axes.
    boolean has(int axis, int value, int otherAxis, int otherValue) {
        return Arrays.stream(values).anyMatch(row -> row[axis] == value && row[otherAxis] == otherValue);
    }

    /// Whether some row has this value on an axis.
    public boolean has(int axis, int value) {
        return Arrays.stream(values).anyMatch(row -> row[axis] == value);
    }

    int[] values(int row) {
        return values[row];
    }

    /// Rows that pass, as a table of their own.
    KernelTable where(RowFilter filter) {
        int[] rows = new int[size()];
        int n = 0;
        for (int i = 0; i < size(); i++) {
            if (filter.test(values[i])) {
                rows[n++] = i;
            }
        }
        int[] kept = Arrays.copyOf(rows, n);
        int[][] keptValues = new int[n][];
        double[] keptTimes = new double[n];
        for (int i = 0; i < n; i++) {
            keptValues[i] = values[kept[i]];
            keptTimes[i] = times[kept[i]];
        }
        return new KernelTable(name, kernel, unit, keptValues, keptTimes);
    }

    /// The rows of these numbers, as a table of their own.
    KernelTable rows(BitSet numbers) {
        int[] kept = numbers.stream().toArray();
        return new KernelTable(name, kernel, unit, Arrays.stream(kept).mapToObj(row -> values[row]).toArray(int[][]::new),
                Arrays.stream(kept).mapToDouble(row -> times[row]).toArray());
    }

    /// Chooses rows by their sizes.
    interface RowFilter {
        boolean test(int[] values);
    }
}
