package dev.iterscope.engine.backend.cpu;

/// Weights as 8-bit integers: each output's inputs in groups of 128 along the depth, a group with one scale, symmetric about zero.
///
/// A weight is `q · scale` with q in −127 to 127 and scale = largest magnitude of the group / 127, so it is off by at most half a
/// scale. Sums of a group run over the integers in single precision and are scaled once.
final class Int8 {
    /// Inputs that share a scale.
    static final int GROUP = 128;

    private static final float HIGHEST = 127;

    private Int8() {}

    /// Groups of a depth; the last may be shorter.
    static int groups(int depth) {
        return Math.ceilDiv(depth, GROUP);
    }

    /// The scale of a group.
    static float scale(float[] weights, int from, int to) {
        float largest = 0;
        for (int i = from; i < to; i++) {
            largest = Math.max(largest, Math.abs(weights[i]));
        }
        return largest / HIGHEST;
    }

    /// The integer that stands for a weight.
    static int quantise(float weight, float scale) {
        return scale == 0 ? 0 : (int) Math.clamp(Math.rint(weight / scale), -HIGHEST, HIGHEST);
    }
}
