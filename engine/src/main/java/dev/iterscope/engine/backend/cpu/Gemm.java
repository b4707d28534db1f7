package dev.iterscope.engine.backend.cpu;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Matrix products over all threads: c (+)= a · w. An item is a panel of 32 columns.
///
/// Rows are taken in chunks that stay in the second-level cache while the panels pass by.
final class Gemm {
    /// Activations that a chunk of rows may hold, in elements: half of a small second-level cache.
    private static final int CHUNK_ELEMENTS = 64 * 1024;

    private final WorkerPool pool;
    private final Kernels kernels;
    private final WorkerPool.Job panelJob = this::panel;

    private @Nullable PackedRows a;
    private @Nullable PackedMatrix w;
    private float[] c = new float[0];
    private int ldc;
    private boolean accumulate;
    private int firstGroup;
    private int endGroup;

    Gemm(WorkerPool pool, Kernels kernels) {
        this.pool = pool;
        this.kernels = kernels;
    }

    /// c = rows · matrix, or c += rows · matrix. `result` holds rows of `rowLength` elements, a multiple of 32, rounded up to
    /// groups of 12 rows.
    void multiply(PackedRows rows, PackedMatrix matrix, float[] result, int rowLength, boolean add) {
        a = rows;
        w = matrix;
        c = result;
        ldc = rowLength;
        accumulate = add;
        int groupsPerChunk = Math.max(1, CHUNK_ELEMENTS / (PackedRows.GROUP * matrix.depth()));
        int groups = rows.groups();
        for (firstGroup = 0; firstGroup < groups; firstGroup = endGroup) {
            endGroup = Math.min(groups, firstGroup + groupsPerChunk);
            pool.run(panelJob, matrix.panels());
        }
    }

    private void panel(int panel, int worker) {
        PackedRows rows = a;
        PackedMatrix matrix = w;
        if (rows == null || matrix == null) {
            throw new IllegalStateException("no product is under way");
        }
        long panelOffset = matrix.panelOffset(panel);
        int column = panel * PackedMatrix.PANEL;
        for (int group = firstGroup; group < endGroup; group++) {
            int width = rows.width(group);
            int cOffset = group * PackedRows.GROUP * ldc + column;
            if (!accumulate) {
                for (int r = 0; r < width; r++) {
                    Arrays.fill(c, cOffset + r * ldc, cOffset + r * ldc + PackedMatrix.PANEL, 0);
                }
            }
            kernels.panel(
                    width,
                    rows.data(),
                    rows.offset(group),
                    width,
                    matrix.type(),
                    matrix.data(),
                    panelOffset,
                    matrix.stride(),
                    matrix.depth(),
                    c,
                    cOffset,
                    ldc);
        }
    }
}
