package dev.iterscope.engine.backend.cpu;

import dev.iterscope.engine.model.ModelConfig.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// The inner loops in plain Java: the reference of the vector kernels, and what runs where the Vector API is missing.
final class ScalarKernels implements Kernels {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    @Override
    public String name() {
        return "scalar";
    }

    @Override
    public void panel(
            int rows,
            float[] a,
            int aOffset,
            int aStride,
            DataType type,
            MemorySegment w,
            long wOffset,
            long wStride,
            int depth,
            float[] c,
            int cOffset,
            int ldc) {
        for (int k = 0; k < depth; k++) {
            for (int lane = 0; lane < Lanes.TILE; lane++) {
                long at = wOffset + k * wStride + 4L * lane;
                float low = type == DataType.BF16 ? Float.intBitsToFloat(w.get(INT, at) << 16) : w.get(FLOAT, at);
                float high = type == DataType.BF16 ? Float.intBitsToFloat(w.get(INT, at) & 0xFFFF0000) : w.get(FLOAT, at + 64);
                for (int r = 0; r < rows; r++) {
                    float x = a[aOffset + k * aStride + r];
                    int to = cOffset + r * ldc + lane;
                    c[to] = Math.fma(x, low, c[to]);
                    c[to + Lanes.TILE] = Math.fma(x, high, c[to + Lanes.TILE]);
                }
            }
        }
    }

    @Override
    public void scores(
            int rows, float[] q, int qOffset, int qStride, DataType type, MemorySegment keys, long keyOffset, int headDim, float[] s,
            int sOffset) {
        for (int r = 0; r < rows; r++) {
            for (int position = 0; position < Lanes.TILE; position++) {
                float sum = 0;
                for (int d = 0; d < headDim; d++) {
                    sum = Math.fma(q[qOffset + d * qStride + r], key(type, keys, keyOffset, d, position), sum);
                }
                s[sOffset + r * Lanes.TILE + position] = sum;
            }
        }
    }

    private static float key(DataType type, MemorySegment keys, long keyOffset, int d, int position) {
        if (type != DataType.BF16) {
            return keys.get(FLOAT, keyOffset + 64L * d + 4L * position);
        }
        int pair = keys.get(INT, keyOffset + 64L * (d / 2) + 4L * position);
        return Float.intBitsToFloat(d % 2 == 0 ? pair << 16 : pair & 0xFFFF0000);
    }

    @Override
    public void exp(float[] p, int offset, int count, float shift) {
        for (int i = offset; i < offset + count; i++) {
            p[i] = FastExp.exp(p[i] - shift);
        }
    }
}
