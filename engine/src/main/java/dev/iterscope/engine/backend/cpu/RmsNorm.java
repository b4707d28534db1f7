package dev.iterscope.engine.backend.cpu;

/// Root-mean-square normalisation: y = x / sqrt(mean(x²) + ε) · w. The squares are summed in four lanes, then the lanes pairwise.
final class RmsNorm {
    private RmsNorm() {}

    /// Normalises `count` elements from `from` on, in place.
    static void inPlace(float[] x, int from, int count, float[] weight, float eps) {
        float scale = scale(x, from, count, eps);
        for (int i = 0; i < count; i++) {
            x[from + i] = x[from + i] * scale * weight[i];
        }
    }

    /// Normalises a row of `x` into row `row` of `out`.
    static void intoPacked(float[] x, int from, int count, float[] weight, float eps, PackedRows out, int row) {
        float scale = scale(x, from, count, eps);
        float[] data = out.data();
        int width = out.width(row / PackedRows.GROUP);
        int at = out.rowOffset(row);
        for (int i = 0; i < count; i++) {
            data[at + i * width] = x[from + i] * scale * weight[i];
        }
    }

    private static float scale(float[] x, int from, int count, float eps) {
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        int i = 0;
        for (; i + 4 <= count; i += 4) {
            s0 = Math.fma(x[from + i], x[from + i], s0);
            s1 = Math.fma(x[from + i + 1], x[from + i + 1], s1);
            s2 = Math.fma(x[from + i + 2], x[from + i + 2], s2);
            s3 = Math.fma(x[from + i + 3], x[from + i + 3], s3);
        }
        for (; i < count; i++) {
            s0 = Math.fma(x[from + i], x[from + i], s0);
        }
        float mean = ((s0 + s1) + (s2 + s3)) / count;
        return (float) (1.0 / Math.sqrt((double) mean + eps));
    }
}
