package dev.iterscope.engine.backend.cpu;

/// Activations laid out for the panel kernels: groups of 12 rows, within a group the rows of one depth side by side. The last group
/// is as wide as the next register block that holds its rows (1, 2, 4, 8 or 12); the rows that pad it are zero.
final class PackedRows {
    /// Rows of a group: the largest register block.
    static final int GROUP = 12;

    private final float[] data;
    private int rows;
    private int depth;

    /// Room for `maxRows` rows of `maxDepth` elements.
    PackedRows(int maxRows, int maxDepth) {
        data = new float[Math.toIntExact((long) padded(maxRows) * maxDepth)];
    }

    /// Bytes that such an object needs.
    static long bytes(int maxRows, int maxDepth) {
        return (long) padded(maxRows) * maxDepth * Float.BYTES;
    }

    /// Rows rounded up to whole groups: what a result buffer needs, since padding rows are written too.
    static int padded(int rows) {
        return Math.ceilDiv(rows, GROUP) * GROUP;
    }

    /// Begins a matrix of that shape and clears the rows that pad its last group.
    void reset(int newRows, int newDepth) {
        rows = newRows;
        depth = newDepth;
        int last = groups() - 1;
        int width = width(last);
        int used = rows - last * GROUP;
        if (used < width) {
            int base = offset(last);
            for (int k = 0; k < depth; k++) {
                for (int r = used; r < width; r++) {
                    data[base + k * width + r] = 0;
                }
            }
        }
    }

    int rows() {
        return rows;
    }

    int depth() {
        return depth;
    }

    float[] data() {
        return data;
    }

    int groups() {
        return Math.ceilDiv(rows, GROUP);
    }

    /// Rows of the group with its padding, which is also the distance of consecutive depths.
    int width(int group) {
        int left = rows - group * GROUP;
        if (left > 8) {
            return GROUP;
        }
        return left > 4 ? 8 : left > 2 ? 4 : left;
    }

    /// Index of the group's first element.
    int offset(int group) {
        return group * GROUP * depth;
    }

    /// Index of row `row` at depth 0; consecutive depths are [#width] of its group apart.
    int rowOffset(int row) {
        int group = row / GROUP;
        return offset(group) + row - group * GROUP;
    }
}
