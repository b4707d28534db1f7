package dev.iterscope.engine.backend.cpu;

import dev.iterscope.engine.model.ModelConfig.DataType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// c += a · w for neighbouring INT8 panels: one row straight from the integers, several rows through a BF16 panel of a group that
/// stays in the first-level cache. Both sum in the same order.
final class Int8Product {
    private static final long EXPANDED_STRIDE = 2L * PackedMatrix.PANEL;
    private static final long EXPANDED_BYTES = Int8.GROUP * EXPANDED_STRIDE;

    private final Kernels kernels;
    private final MemorySegment[] expanded;
    private final float[][] sums;

    /// Scratch memory for items of up to `maxPanels` panels.
    Int8Product(Kernels kernels, int threads, int maxPanels) {
        this.kernels = kernels;
        expanded = new MemorySegment[threads];
        Arrays.setAll(expanded, i -> Arena.ofAuto().allocate(maxPanels * EXPANDED_BYTES, EXPANDED_STRIDE));
        sums = new float[threads][PackedRows.GROUP * maxPanels * PackedMatrix.PANEL];
    }

    /// Row groups [firstGroup, endGroup) and depths [firstDepth, endDepth), the first a multiple of [Int8#GROUP].
    void add(
            PackedRows rows,
            int firstGroup,
            int endGroup,
            PackedMatrix matrix,
            int panel,
            int panels,
            int firstDepth,
            int endDepth,
            float[] c,
            int ldc,
            int worker) {
        boolean oneRow = endGroup - firstGroup == 1 && rows.width(firstGroup) == 1;
        for (int first = firstDepth; first < endDepth; first += Int8.GROUP) {
            int depth = Math.min(Int8.GROUP, endDepth - first);
            long at = matrix.panelOffset(panel) + PackedMatrix.groupOffset(first);
            if (oneRow && depth % 2 == 0) {
                int c0 = firstGroup * PackedRows.GROUP * ldc + panel * PackedMatrix.PANEL;
                int a0 = rows.offset(firstGroup) + first;
                kernels.int8Row(rows.data(), a0, 1, matrix.data(), at, panels, matrix.panelBytes(), depth, c, c0);
            } else {
                expand(matrix, at, panels, depth, worker);
                for (int group = firstGroup; group < endGroup; group++) {
                    add(rows, group, matrix, at, panel, panels, first, depth, c, ldc, worker);
                }
            }
        }
    }

    private void expand(PackedMatrix matrix, long at, int panels, int depth, int worker) {
        for (int p = 0; p < panels; p++) {
            kernels.expand(matrix.data(), at + p * matrix.panelBytes(), depth, expanded[worker], p * EXPANDED_BYTES);
        }
    }

    private void add(
            PackedRows rows,
            int group,
            PackedMatrix matrix,
            long at,
            int panel,
            int panels,
            int firstDepth,
            int depth,
            float[] c,
            int ldc,
            int worker) {
        int width = rows.width(group);
        int ldSums = panels * PackedMatrix.PANEL;
        float[] sum = sums[worker];
        Arrays.fill(sum, 0, width * ldSums, 0);
        kernels.panels(
                width,
                rows.data(),
                rows.offset(group) + firstDepth * width,
                width,
                DataType.BF16,
                expanded[worker],
                0,
                EXPANDED_STRIDE,
                panels,
                EXPANDED_BYTES,
                depth,
                sum,
                0,
                ldSums);
        int c0 = group * PackedRows.GROUP * ldc + panel * PackedMatrix.PANEL;
        for (int p = 0; p < panels; p++) {
            kernels.addScaled(
                    width,
                    sum,
                    p * PackedMatrix.PANEL,
                    ldSums,
                    matrix.data(),
                    at + p * matrix.panelBytes(),
                    c,
                    c0 + p * PackedMatrix.PANEL,
                    ldc);
        }
    }
}
