package dev.iterscope.engine.backend.cpu;

/// Root-mean-square normalisation: y = x / sqrt(mean(x²) + ε) · w. The squares are summed in eight lanes, then the lanes pairwise.
final class RmsNorm {
    private RmsNorm() {}

    /// Normalises `count` elements from `from` on, in place.
    static void inPlace(Kernels kernels, float[] x, int from, int count, float[] weight, float eps) {
        kernels.scaleBy(x, from, count, scale(x, from, count, eps), weight);
    }

    /// Normalises a group of rows of `x` into the same group of `out`.
    ///
    /// @param starts where in `x` each row of the group begins
    /// @param rows   number of rows
    /// @param scales room for a number per row
    static void intoPacked(
            float[] x, int[] starts, int rows, int count, float[] weight, float eps, float[] scales, PackedRows out, int group) {
        for (int r = 0; r < rows; r++) {
            scales[r] = scale(x, starts[r], count, eps);
        }
        float[] data = out.data();
        int width = out.width(group);
        int base = out.offset(group);
        for (int i = 0; i < count; i++) {
            int at = base + i * width;
            for (int r = 0; r < rows; r++) {
                data[at + r] = x[starts[r] + i] * scales[r] * weight[i];
            }
        }
    }

    private static float scale(float[] x, int from, int count, float eps) {
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        float s4 = 0;
        float s5 = 0;
        float s6 = 0;
        float s7 = 0;
        int i = from;
        for (int end = from + count / 8 * 8; i < end; i += 8) {
            s0 = Math.fma(x[i], x[i], s0);
            s1 = Math.fma(x[i + 1], x[i + 1], s1);
            s2 = Math.fma(x[i + 2], x[i + 2], s2);
            s3 = Math.fma(x[i + 3], x[i + 3], s3);
            s4 = Math.fma(x[i + 4], x[i + 4], s4);
            s5 = Math.fma(x[i + 5], x[i + 5], s5);
            s6 = Math.fma(x[i + 6], x[i + 6], s6);
            s7 = Math.fma(x[i + 7], x[i + 7], s7);
        }
        for (; i < from + count; i++) {
            s0 = Math.fma(x[i], x[i], s0);
        }
        float mean = (((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7))) / count;
        return (float) (1.0 / Math.sqrt((double) mean + eps));
    }
}
