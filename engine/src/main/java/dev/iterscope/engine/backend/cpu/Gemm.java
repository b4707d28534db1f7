package dev.iterscope.engine.backend.cpu;

import dev.iterscope.engine.model.ModelConfig.DataType;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Matrix products over all threads: c (+)= a · w. An item is a few neighbouring panels of 32 columns.
///
/// Rows are taken in chunks and the inner dimension in stretches, so that a chunk's activations stay in the second-level cache while the
/// panels pass by; sums go on where the stretch before left them, so their order does not change. The first rows of a chunk find the panels in
/// memory, the others in the cache. That first pass runs at the speed of memory, the others at the speed of arithmetic, and hardly at the
/// same time: so it takes as many rows as it can over two panels at once, six; two streams keep more of memory under way than one.
final class Gemm {
    /// Activations that a chunk of rows may hold, in elements: half of a small second-level cache, and 64 rows of depth 1024, which are
    /// six groups with their padding. A row more is a chunk more, and reads all weights again.
    private static final int CHUNK_ELEMENTS = 72 * 1024;
    /// A stretch of the inner dimension, where all of it would leave room for few rows only, or where panels must stay in the second-level
    /// cache from one group of rows to the next.
    private static final int STRETCH = 1024;

    /// Rows that one pass takes with several panels at once.
    private static final int FEW_ROWS = 4;
    /// Rows of a whole group that pull its panels from memory.
    private static final int FIRST_ROWS = 6;
    /// Panels of an item: streams from memory that overlap.
    private static final int PANELS_OF_FEW_ROWS = 4;
    /// They must stay in the second-level cache until the last rows have passed.
    private static final int PANELS_OF_MANY_ROWS = 4;

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
        panelsPerItem = rows.rows() <= FEW_ROWS ? PANELS_OF_FEW_ROWS : PANELS_OF_MANY_ROWS;
        for (firstGroup = 0; firstGroup < groups; firstGroup = endGroup) {
            endGroup = Math.min(groups, firstGroup + groupsPerChunk);
            for (firstDepth = 0; firstDepth < matrix.depth(); firstDepth = endDepth) {
                endDepth = Math.min(matrix.depth(), firstDepth + stretch);
                pool.run(itemJob, Math.ceilDiv(matrix.panels(), panelsPerItem));
            }
        }
    }

    private void item(int item, int worker) {
        PackedRows rows = a;
        PackedMatrix matrix = w;
        if (rows == null || matrix == null) {
            throw new IllegalStateException("no product is under way");
        }
        int panel = item * panelsPerItem;
        int panels = Math.min(panelsPerItem, matrix.panels() - panel);
        if (matrix.type() == DataType.INT8) {
            begin(rows, panel, panels);
            int8.add(rows, firstGroup, endGroup, matrix, panel, panels, firstDepth, endDepth, c, ldc, worker);
            return;
        }
        // A single pass is best off with long streams; several find the panels in the cache, which must hold them.
        int stretch = rows.rows() <= FEW_ROWS ? endDepth - firstDepth : STRETCH;
        for (int depth = firstDepth; depth < endDepth; depth += stretch) {
            stretch(rows, matrix, panel, panels, depth, Math.min(endDepth, depth + stretch));
        }
    }

    private void stretch(PackedRows rows, PackedMatrix matrix, int panel, int panels, int begin, int end) {
        for (int group = firstGroup; group < endGroup; group++) {
            int width = rows.width(group);
            int first = group > firstGroup ? width : width == PackedRows.GROUP ? FIRST_ROWS : Math.min(width, FEW_ROWS);
            multiply(rows, matrix, group, 0, first, panel, panels, begin, end);
            if (first < width) {
                multiply(rows, matrix, group, first, width - first, panel, panels, begin, end);
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
    private void multiply(PackedRows rows, PackedMatrix matrix, int group, int first, int count, int panel, int panels, int begin,
            int end) {
        int cOffset = (group * PackedRows.GROUP + first) * ldc + panel * PackedMatrix.PANEL;
        if (!accumulate && begin == 0) {
            for (int r = 0; r < count; r++) {
                Arrays.fill(c, cOffset + r * ldc, cOffset + r * ldc + panels * PackedMatrix.PANEL, 0);
            }
        }
        int width = rows.width(group);
        kernels.panels(
                count,
                rows.data(),
                rows.offset(group) + begin * width + first,
                width,
                matrix.type(),
                matrix.data(),
                matrix.panelOffset(panel) + begin * matrix.stride(),
                matrix.stride(),
                panels,
                matrix.panelBytes(),
                end - begin,
                c,
                cOffset,
                ldc);
    }
}
