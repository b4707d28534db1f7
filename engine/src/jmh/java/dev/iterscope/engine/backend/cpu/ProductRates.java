package dev.iterscope.engine.backend.cpu;

import dev.iterscope.engine.model.ModelConfig.DataType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The BF16 product of a few rows, panel by panel as [Gemm] takes them, with weights from memory and with the same four panels from the
/// second-level cache: which of memory and arithmetic limits how many rows.
///
///     bin/bench engine -main dev.iterscope.engine.backend.cpu.ProductRates [DEPTH [THREADS [ROUNDS]]]
public final class ProductRates {
    private static final int PANELS = 4;
    private static final long BYTES = 1L << 30;
    private static final int[] ROWS = {1, 2, 4, 8, 12, 16};

    private final WorkerPool pool;
    private final int depth;
    private final MemorySegment weights;
    private final MachineLimits limits;
    private final Kernels kernels = KernelSelection.best();
    private final float[] a;
    private final float[][] c;

    private ProductRates(NativeMemory memory, WorkerPool pool, int depth) {
        this.pool = pool;
        this.depth = depth;
        weights = memory.allocate(BYTES);
        pool.run((item, worker) -> weights.asSlice(item * (BYTES >> 6), BYTES >> 6).fill((byte) 0x3c), 1 << 6);
        limits = new MachineLimits(pool, List.of(weights));
        a = new float[16 * depth];
        Arrays.fill(a, 1e-3f);
        c = new float[pool.threads()][16 * PANELS * PackedMatrix.PANEL];
    }

    /// Prints the table.
    ///
    /// @param arguments depth (1024), threads (2) and rounds (7)
    public static void main(String[] arguments) {
        int depth = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1024;
        int threads = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 2;
        int rounds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 7;
        try (NativeMemory memory = new NativeMemory();
                WorkerPool pool = new WorkerPool(threads)) {
            new ProductRates(memory, pool, depth).measure(rounds);
        }
    }

    private void measure(int rounds) {
        Map<String, List<Double>> seconds = new LinkedHashMap<>();
        double bandwidth = 0;
        double peak = 0;
        for (int round = -2; round < rounds; round++) {
            bandwidth = Math.max(bandwidth, limits.readBandwidth());
            peak = Math.max(peak, limits.fmaPeak());
            for (int rows : ROWS) {
                for (boolean cached : new boolean[] {false, true}) {
                    double time = time(rows, cached);
                    if (round >= 0) {
                        seconds.computeIfAbsent(rows + (cached ? " cached" : " memory"), k -> new ArrayList<>()).add(time);
                    }
                }
            }
        }
        System.out.printf(Locale.ROOT, "reads %.1f GB/s, multiply-adds %.0f GFLOP/s%n", bandwidth * 1e-9, peak * 1e-9);
        double bytes = (double) items() * PANELS * panelBytes();
        for (Map.Entry<String, List<Double>> entry : seconds.entrySet()) {
            double median = entry.getValue().stream().sorted().toList().get(rounds / 2);
            int rows = Integer.parseInt(entry.getKey().split(" ", -1)[0]);
            System.out.printf(Locale.ROOT, "%-10s %7.2f ms, %5.1f %% of reads, %5.1f %% of multiply-adds%n", entry.getKey(), 1e3 * median,
                    100 * bytes / median / bandwidth, 100 * rows * bytes / median / peak);
        }
    }

    private long panelBytes() {
        return 64L * depth;
    }

    private int items() {
        return (int) (BYTES / (PANELS * panelBytes()));
    }

    private double time(int rows, boolean cached) {
        long start = System.nanoTime();
        pool.run((item, worker) -> {
            long at = (cached ? worker : item) * PANELS * panelBytes();
            int atOnce = rows >= PackedRows.GROUP ? PackedRows.GROUP / 2 : Math.min(rows, 4);
            for (int done = 0; done < rows; done += atOnce) {
                panels(Math.min(atOnce, rows - done), rows, done, at, worker);
            }
        }, items());
        return (System.nanoTime() - start) * 1e-9;
    }

    private void panels(int count, int stride, int first, long at, int worker) {
        int row = PANELS * PackedMatrix.PANEL;
        kernels.panels(
                count, a, first, stride, DataType.BF16, weights, at, 64, PANELS, panelBytes(), depth, c[worker], first * row, row);
    }
}
