package dev.iterscope.engine.backend.cpu;

import dev.iterscope.engine.model.ModelConfig.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/// The inner loops in plain Java: the reference of the vector kernels, and what runs where the Vector API is missing.
final class ScalarKernels implements Kernels {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    @Override
    public String name() {
        return "scalar";
    }

    @Override
    public void panels(
            int rows,
            float[] a,
            int aOffset,
            int aStride,
            DataType type,
            MemorySegment w,
            long wOffset,
            long wStride,
            int panels,
            long panelBytes,
            int depth,
            float[] c,
            int cOffset,
            int ldc) {
        for (int panel = 0; panel < panels; panel++) {
            long from = wOffset + panel * panelBytes;
            int to = cOffset + panel * PackedMatrix.PANEL;
            for (int k = 0; k < depth; k++) {
                for (int r = 0; r < rows; r++) {
                    multiplyAdd(a[aOffset + k * aStride + r], type, w, from + k * wStride, c, to + r * ldc);
                }
            }
        }
    }

    /// Adds `x` times the 32 elements of a panel's depth.
    private static void multiplyAdd(float x, DataType type, MemorySegment w, long from, float[] c, int to) {
        for (int lane = 0; lane < Lanes.TILE; lane++) {
            long at = from + 4L * lane;
            c[to + lane] = Math.fma(x, low(type, w, at), c[to + lane]);
            c[to + lane + Lanes.TILE] = Math.fma(x, high(type, w, at), c[to + lane + Lanes.TILE]);
        }
    }

    private static float low(DataType type, MemorySegment w, long at) {
        return type == DataType.BF16 ? Float.intBitsToFloat(w.get(INT, at) << 16) : w.get(FLOAT, at);
    }

    private static float high(DataType type, MemorySegment w, long at) {
        return type == DataType.BF16 ? Float.intBitsToFloat(w.get(INT, at) & 0xFFFF0000) : w.get(FLOAT, at + 64);
    }

    @Override
    public void expand(MemorySegment w, long wOffset, int depth, MemorySegment out, long to) {
        for (int k = 0; k < depth; k++) {
            for (int lane = 0; lane < Lanes.TILE; lane++) {
                int pair = Bf16.pair(integer(w, wOffset, k, lane), integer(w, wOffset, k, lane + Lanes.TILE));
                out.set(INT, to + 64L * k + 4L * lane, pair);
            }
        }
    }

    private static byte integer(MemorySegment w, long group, int k, int lane) {
        long pair = group + PackedMatrix.SCALE_BYTES + (long) k / 2 * PackedMatrix.PAIR_BYTES;
        return w.get(ValueLayout.JAVA_BYTE, pair + 4L * (lane % Lanes.TILE) + lane / Lanes.TILE + 2L * (k % 2));
    }

    @Override
    public void addScaled(int rows, float[] sums, int from, int ldSums, MemorySegment w, long wOffset, float[] c, int cOffset, int ldc) {
        for (int r = 0; r < rows; r++) {
            for (int lane = 0; lane < PackedMatrix.PANEL; lane++) {
                int at = cOffset + r * ldc + lane;
                c[at] = Math.fma(w.get(FLOAT, wOffset + 4L * lane), sums[from + r * ldSums + lane], c[at]);
            }
        }
    }

    @Override
    public void int8Row(
            float[] a, int aOffset, int aStride, MemorySegment w, long wOffset, int panels, long panelBytes, int depth, float[] c,
            int cOffset) {
        for (int panel = 0; panel < panels; panel++) {
            long group = wOffset + panel * panelBytes;
            for (int lane = 0; lane < PackedMatrix.PANEL; lane++) {
                float sum = 0;
                for (int k = 0; k < depth; k++) {
                    sum = Math.fma(a[aOffset + k * aStride], integer(w, group, k, lane), sum);
                }
                int at = cOffset + panel * PackedMatrix.PANEL + lane;
                c[at] = Math.fma(w.get(FLOAT, group + 4L * lane), sum, c[at]);
            }
        }
    }

    @Override
    public void scores(
            int rows, float[] q, DataType type, MemorySegment keys, long[] tiles, int tileCount, int headDim, float[] s) {
        for (int r = 0; r < rows; r++) {
            for (int position = 0; position < tileCount * Lanes.TILE; position++) {
                float sum = 0;
                for (int d = 0; d < headDim; d++) {
                    sum = Math.fma(q[d * rows + r], key(type, keys, tiles[position / Lanes.TILE], d, position % Lanes.TILE), sum);
                }
                s[r * Lanes.SPAN + position] = sum;
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
    public void values(
            int rows, float[] p, DataType type, MemorySegment v, long vStride, long[] tiles, int[] counts, int tileCount, int dims,
            float[] c) {
        for (int tile = 0; tile < tileCount; tile++) {
            for (int k = 0; k < counts[tile]; k++) {
                for (int r = 0; r < rows; r++) {
                    for (int d = 0; d < dims; d += PackedMatrix.PANEL) {
                        long from = tiles[tile] + k * vStride + (long) d * type.bytes();
                        multiplyAdd(p[Lanes.SPAN * r + Lanes.TILE * tile + k], type, v, from, c, r * dims + d);
                    }
                }
            }
        }
    }

    @Override
    public float max(float[] x, int from, int count, float start) {
        float max = start;
        for (int i = from; i < from + count; i++) {
            max = Math.max(max, x[i]);
        }
        return max;
    }

    @Override
    public void weigh(float[] p, int from, int count, int span, float shift, float[] sums, int sumsFrom) {
        for (int i = 0; i < span; i++) {
            float weight = i < count ? FastExp.exp(p[from + i] - shift) : 0f;
            p[from + i] = weight;
            sums[sumsFrom + i % Lanes.TILE] += weight;
        }
    }

    @Override
    public void squares(float[] x, int from, int count, float[] lanes) {
        Arrays.fill(lanes, 0, Lanes.TILE, 0);
        for (int i = 0; i < count; i++) {
            lanes[i % Lanes.TILE] = Math.fma(x[from + i], x[from + i], lanes[i % Lanes.TILE]);
        }
    }

    @Override
    public void scale(float[] x, int from, int count, float factor) {
        for (int i = from; i < from + count; i++) {
            x[i] *= factor;
        }
    }

    @Override
    public void scaleBy(float[] x, int from, int count, float scale, float[] weight) {
        for (int i = 0; i < count; i++) {
            x[from + i] = x[from + i] * scale * weight[i];
        }
    }

    @Override
    public void rotate(float[] x, int from, int half, float[] cosines, float[] sines, int table) {
        for (int d = 0; d < half; d++) {
            float a = x[from + d];
            float b = x[from + half + d];
            x[from + d] = a * cosines[table + d] - b * sines[table + d];
            x[from + half + d] = b * cosines[table + d] + a * sines[table + d];
        }
    }

    @Override
    public void swiGlu(float[] x, int gate, int up, int count, float[] out, int outFrom) {
        for (int i = 0; i < count; i++) {
            float g = x[gate + i];
            out[outFrom + i] = g / (1f + FastExp.exp(Math.min(-g, FastExp.HIGHEST))) * x[up + i];
        }
    }
}
