package dev.iterscope.engine.backend.cpu;

/// The gated activation silu(gate) · up, from rows to packed rows.
final class SwiGlu {
    /// Columns that are computed before they are packed: their results stay in the first-level cache.
    static final int CHUNK = 128;

    private SwiGlu() {}

    /// Computes columns [column, column + count) of a group of rows. A row holds the gate's `intermediate` elements, then as many of
    /// the other branch.
    ///
    /// @param scratch room for 12 rows of [#CHUNK] elements
    static void intoPacked(
            Kernels kernels, float[] x, int rowLength, int intermediate, int column, int count, float[] scratch, PackedRows out,
            int group) {
        int firstRow = group * PackedRows.GROUP;
        int rows = Math.min(PackedRows.GROUP, out.rows() - firstRow);
        for (int r = 0; r < rows; r++) {
            int gate = (firstRow + r) * rowLength + column;
            kernels.swiGlu(x, gate, gate + intermediate, count, scratch, r * CHUNK);
        }
        float[] data = out.data();
        int width = out.width(group);
        int base = out.offset(group) + column * width;
        for (int i = 0; i < count; i++) {
            int at = base + i * width;
            for (int r = 0; r < rows; r++) {
                data[at + r] = scratch[r * CHUNK + i];
            }
        }
    }
}
