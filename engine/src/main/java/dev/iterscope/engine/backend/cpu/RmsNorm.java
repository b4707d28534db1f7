package dev.iterscope.engine.backend.cpu;

/// Root-mean-square normalisation: y = x / sqrt(mean(x²) + ε) · w. The squares are summed in 16 lanes, then the lanes in a fixed
/// order.
final class RmsNorm {
    private RmsNorm() {}

    /// Normalises `count` elements from `from` on, in place.
    ///
    /// @param lanes room for 16 numbers
    static void inPlace(Kernels kernels, float[] x, int from, int count, float[] weight, float eps, float[] lanes) {
        kernels.scaleBy(x, from, count, scale(kernels, x, from, count, eps, lanes), weight);
    }

    /// Normalises a group of rows of `x` into the same group of `out`.
    ///
    /// @param starts where in `x` each row of the group begins
    /// @param rows   number of rows
    /// @param scales room for a number per row
    /// @param lanes  room for 16 numbers
    static void intoPacked(
            Kernels kernels,
            float[] x,
            int[] starts,
            int rows,
            int count,
            float[] weight,
            float eps,
            float[] scales,
            float[] lanes,
            PackedRows out,
            int group) {
        for (int r = 0; r < rows; r++) {
            scales[r] = scale(kernels, x, starts[r], count, eps, lanes);
        }
        float[] data = out.data();
        int width = out.width(group);
        int base = out.offset(group);
        if (width == 1) {
            System.arraycopy(x, starts[0], data, base, count);
            kernels.scaleBy(data, base, count, scales[0], weight);
            return;
        }
        for (int i = 0; i < count; i++) {
            int at = base + i * width;
            for (int r = 0; r < rows; r++) {
                data[at + r] = x[starts[r] + i] * scales[r] * weight[i];
            }
        }
    }

    private static float scale(Kernels kernels, float[] x, int from, int count, float eps, float[] lanes) {
        kernels.squares(x, from, count, lanes);
        float sum = 0;
        for (int lane = 0; lane < Lanes.TILE / 2; lane++) {
            sum += lanes[lane] + lanes[lane + Lanes.TILE / 2];
        }
        return (float) (1.0 / Math.sqrt((double) (sum / count) + eps));
    }
}
