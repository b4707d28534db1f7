package dev.iterscope.engine.backend.cpu;

import dev.iterscope.engine.model.ModelConfig.DataType;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Matrix products over all threads: c (+)= a · w. An item is a few neighbouring panels of 32 columns, at the end one.
///
/// Rows are taken in chunks and the inner dimension in stretches, so that a chunk's activations stay in the second-level cache while the
/// panels pass by; sums go on where the stretch before left them, so their order does not change. The first rows of a chunk find the panels in
/// memory, the others in the cache. With few rows at a time more of their instructions wait for memory at once, so the chunk begins
/// with four rows of its last, shortest group over several panels: that pass runs at the speed of memory, the others at the speed of
/// arithmetic.
final class Gemm {
    /// Activations that a chunk of rows may hold, in elements: half of a small second-level cache.
    private static final int CHUNK_ELEMENTS = 64 * 1024;
    /// A stretch of the inner dimension, where all of it would leave room for few rows only.
    private static final int STRETCH = 1024;
    /// Rows that pull a panel from memory.
    private static final int FIRST_ROWS = 4;
    /// Panels of an item: streams from memory that overlap.
    private static final int PANELS_OF_FEW_ROWS = 4;
    /// Panels at the end of such a matrix that are items of their own, so that the threads end together.
    private static final int SINGLE_PANELS = 8;
    /// They must stay in the second-level cache until the last rows have passed.
    private static final int PANELS_OF_MANY_ROWS = 2;

    private final WorkerPool pool;
    private final Kernels kernels;
    private final WorkerPool.Job itemJob = this::item;
    private final Int8Product int8;

    private @Nullable PackedRows a;
    private @Nullable PackedMatrix w;
    private float[] c = new float[0];
    private int ldc;
    private boolean accumulate;
    private int firstGroup;
    private int endGroup;
    private int firstDepth;
    private int endDepth;
    private int panelsPerItem = 1;
    private int wholeItems;

    Gemm(WorkerPool pool, Kernels kernels) {
        this.pool = pool;
        this.kernels = kernels;
        int8 = new Int8Product(kernels, pool.threads(), PANELS_OF_FEW_ROWS);
    }

    /// c = rows · matrix, or c += rows · matrix. `result` holds rows of `rowLength` elements, a multiple of 32, rounded up to
    /// groups of 12 rows.
    void multiply(PackedRows rows, PackedMatrix matrix, float[] result, int rowLength, boolean add) {
        a = rows;
        w = matrix;
        c = result;
        ldc = rowLength;
        accumulate = add;
        boolean fits = (long) rows.rows() * matrix.depth() <= CHUNK_ELEMENTS;
        int stretch = fits ? matrix.depth() : Math.min(STRETCH, matrix.depth());
        int groupsPerChunk = Math.max(1, CHUNK_ELEMENTS / (PackedRows.GROUP * stretch));
        int groups = rows.groups();
        boolean few = rows.rows() <= FIRST_ROWS;
        panelsPerItem = few ? PANELS_OF_FEW_ROWS : PANELS_OF_MANY_ROWS;
        wholeItems = Math.max(0, matrix.panels() - (few ? SINGLE_PANELS : 0)) / panelsPerItem;
        int items = wholeItems + matrix.panels() - wholeItems * panelsPerItem;
        for (firstGroup = 0; firstGroup < groups; firstGroup = endGroup) {
            endGroup = Math.min(groups, firstGroup + groupsPerChunk);
            for (firstDepth = 0; firstDepth < matrix.depth(); firstDepth = endDepth) {
                endDepth = Math.min(matrix.depth(), firstDepth + stretch);
                pool.run(itemJob, items);
            }
        }
    }

    private void item(int item, int worker) {
        PackedRows rows = a;
        PackedMatrix matrix = w;
        if (rows == null || matrix == null) {
            throw new IllegalStateException("no product is under way");
        }
        boolean whole = item < wholeItems;
        int panel = whole ? item * panelsPerItem : wholeItems * (panelsPerItem - 1) + item;
        int panels = whole ? panelsPerItem : 1;
        if (matrix.type() == DataType.INT8) {
            begin(rows, panel, panels);
            int8.add(rows, firstGroup, endGroup, matrix, panel, panels, firstDepth, endDepth, c, ldc, worker);
            return;
        }
        for (int group = endGroup - 1; group >= firstGroup; group--) {
            int width = rows.width(group);
            int first = group == endGroup - 1 ? Math.min(width, FIRST_ROWS) : width;
            multiply(rows, matrix, group, 0, first, panel, panels);
            if (first < width) {
                multiply(rows, matrix, group, first, width - first, panel, panels);
            }
        }
    }

    private void begin(PackedRows rows, int panel, int panels) {
        if (!accumulate && firstDepth == 0) {
            for (int group = firstGroup; group < endGroup; group++) {
                for (int r = 0; r < rows.width(group); r++) {
                    int at = (group * PackedRows.GROUP + r) * ldc + panel * PackedMatrix.PANEL;
                    Arrays.fill(c, at, at + panels * PackedMatrix.PANEL, 0);
                }
            }
        }
    }

    /// `count` rows of a group, from its row `first` on.
    private void multiply(PackedRows rows, PackedMatrix matrix, int group, int first, int count, int panel, int panels) {
        int cOffset = (group * PackedRows.GROUP + first) * ldc + panel * PackedMatrix.PANEL;
        if (!accumulate && firstDepth == 0) {
            for (int r = 0; r < count; r++) {
                Arrays.fill(c, cOffset + r * ldc, cOffset + r * ldc + panels * PackedMatrix.PANEL, 0);
            }
        }
        int width = rows.width(group);
        kernels.panels(
                count,
                rows.data(),
                rows.offset(group) + firstDepth * width + first,
                width,
                matrix.type(),
                matrix.data(),
                matrix.panelOffset(panel) + firstDepth * matrix.stride(),
                matrix.stride(),
                panels,
                matrix.panelBytes(),
                endDepth - firstDepth,
                c,
                cOffset,
                ldc);
    }
}
