package dev.iterscope.engine.backend.cpu;

/// The gated activation silu(gate) · up, silu(x) = x / (1 + e^−x).
final class SwiGlu {
    private SwiGlu() {}

    /// Reads a row with the gate's `count` elements at `gateFrom` and as many of the other branch at `upFrom`; writes row `row` of
    /// `out`. `scratch` has room for `count` elements.
    static void intoPacked(Kernels kernels, float[] x, int gateFrom, int upFrom, int count, float[] scratch, PackedRows out, int row) {
        for (int i = 0; i < count; i++) {
            scratch[i] = Math.min(-x[gateFrom + i], 87f);
        }
        kernels.exp(scratch, 0, count, 0f);
        float[] data = out.data();
        int width = out.width(row / PackedRows.GROUP);
        int at = out.rowOffset(row);
        for (int i = 0; i < count; i++) {
            data[at + i * width] = x[gateFrom + i] / (1f + scratch[i]) * x[upFrom + i];
        }
    }
}
