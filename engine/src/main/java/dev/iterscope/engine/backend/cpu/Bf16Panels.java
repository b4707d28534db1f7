package dev.iterscope.engine.backend.cpu;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// Register-blocked products of packed rows with a panel of 32 bfloat16 columns: c += a · w, for 12, 8, 4, 2 and 1 rows at a time.
///
/// A panel holds at each depth 16 ints; int `l` carries column `l` in its lower and column `l + 16` in its upper half, so that a
/// shift and a mask turn one load into two vectors of floats. With 512-bit vectors 12 rows keep 24 accumulators in registers:
/// per depth 24 multiply-adds need 13 loads, which two load ports hide. Written out by hand because an array of vectors would
/// live in memory.
///
/// Row `r` of depth `k` is `a[aOffset + k * aStride + r]`; the panel's depth `k` begins at byte `wOffset + k * wStride`; row `r` of
/// the result begins at `c[cOffset + r * ldc]`.
final class Bf16Panels {
    private static final int HIGH_HALF = 0xFFFF0000;

    private Bf16Panels() {}

    /// 12 rows, the lanes of one vector.
    static void rows12(
            float[] a,
            int aOffset,
            int aStride,
            MemorySegment w,
            long wOffset,
            long wStride,
            int depth,
            float[] c,
            int cOffset,
            int ldc) {
        FloatVector x0 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset);
        FloatVector y0 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 16);
        FloatVector x1 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + ldc);
        FloatVector y1 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + ldc + 16);
        FloatVector x2 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 2 * ldc);
        FloatVector y2 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 2 * ldc + 16);
        FloatVector x3 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 3 * ldc);
        FloatVector y3 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 3 * ldc + 16);
        FloatVector x4 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 4 * ldc);
        FloatVector y4 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 4 * ldc + 16);
        FloatVector x5 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 5 * ldc);
        FloatVector y5 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 5 * ldc + 16);
        FloatVector x6 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 6 * ldc);
        FloatVector y6 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 6 * ldc + 16);
        FloatVector x7 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 7 * ldc);
        FloatVector y7 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 7 * ldc + 16);
        FloatVector x8 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 8 * ldc);
        FloatVector y8 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 8 * ldc + 16);
        FloatVector x9 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 9 * ldc);
        FloatVector y9 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 9 * ldc + 16);
        FloatVector x10 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 10 * ldc);
        FloatVector y10 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 10 * ldc + 16);
        FloatVector x11 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 11 * ldc);
        FloatVector y11 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 11 * ldc + 16);
        long offset = wOffset;
        int i = aOffset;
        for (int k = 0; k < depth; k++) {
            IntVector pairs = IntVector.fromMemorySegment(Lanes.INTS, w, offset, ByteOrder.LITTLE_ENDIAN);
            FloatVector low = pairs.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            FloatVector high = pairs.and(HIGH_HALF).reinterpretAsFloats();
            FloatVector a0 = FloatVector.broadcast(Lanes.FLOATS, a[i]);
            x0 = a0.fma(low, x0);
            y0 = a0.fma(high, y0);
            FloatVector a1 = FloatVector.broadcast(Lanes.FLOATS, a[i + 1]);
            x1 = a1.fma(low, x1);
            y1 = a1.fma(high, y1);
            FloatVector a2 = FloatVector.broadcast(Lanes.FLOATS, a[i + 2]);
            x2 = a2.fma(low, x2);
            y2 = a2.fma(high, y2);
            FloatVector a3 = FloatVector.broadcast(Lanes.FLOATS, a[i + 3]);
            x3 = a3.fma(low, x3);
            y3 = a3.fma(high, y3);
            FloatVector a4 = FloatVector.broadcast(Lanes.FLOATS, a[i + 4]);
            x4 = a4.fma(low, x4);
            y4 = a4.fma(high, y4);
            FloatVector a5 = FloatVector.broadcast(Lanes.FLOATS, a[i + 5]);
            x5 = a5.fma(low, x5);
            y5 = a5.fma(high, y5);
            FloatVector a6 = FloatVector.broadcast(Lanes.FLOATS, a[i + 6]);
            x6 = a6.fma(low, x6);
            y6 = a6.fma(high, y6);
            FloatVector a7 = FloatVector.broadcast(Lanes.FLOATS, a[i + 7]);
            x7 = a7.fma(low, x7);
            y7 = a7.fma(high, y7);
            FloatVector a8 = FloatVector.broadcast(Lanes.FLOATS, a[i + 8]);
            x8 = a8.fma(low, x8);
            y8 = a8.fma(high, y8);
            FloatVector a9 = FloatVector.broadcast(Lanes.FLOATS, a[i + 9]);
            x9 = a9.fma(low, x9);
            y9 = a9.fma(high, y9);
            FloatVector a10 = FloatVector.broadcast(Lanes.FLOATS, a[i + 10]);
            x10 = a10.fma(low, x10);
            y10 = a10.fma(high, y10);
            FloatVector a11 = FloatVector.broadcast(Lanes.FLOATS, a[i + 11]);
            x11 = a11.fma(low, x11);
            y11 = a11.fma(high, y11);
            i += aStride;
            offset += wStride;
        }
        x0.intoArray(c, cOffset);
        y0.intoArray(c, cOffset + 16);
        x1.intoArray(c, cOffset + ldc);
        y1.intoArray(c, cOffset + ldc + 16);
        x2.intoArray(c, cOffset + 2 * ldc);
        y2.intoArray(c, cOffset + 2 * ldc + 16);
        x3.intoArray(c, cOffset + 3 * ldc);
        y3.intoArray(c, cOffset + 3 * ldc + 16);
        x4.intoArray(c, cOffset + 4 * ldc);
        y4.intoArray(c, cOffset + 4 * ldc + 16);
        x5.intoArray(c, cOffset + 5 * ldc);
        y5.intoArray(c, cOffset + 5 * ldc + 16);
        x6.intoArray(c, cOffset + 6 * ldc);
        y6.intoArray(c, cOffset + 6 * ldc + 16);
        x7.intoArray(c, cOffset + 7 * ldc);
        y7.intoArray(c, cOffset + 7 * ldc + 16);
        x8.intoArray(c, cOffset + 8 * ldc);
        y8.intoArray(c, cOffset + 8 * ldc + 16);
        x9.intoArray(c, cOffset + 9 * ldc);
        y9.intoArray(c, cOffset + 9 * ldc + 16);
        x10.intoArray(c, cOffset + 10 * ldc);
        y10.intoArray(c, cOffset + 10 * ldc + 16);
        x11.intoArray(c, cOffset + 11 * ldc);
        y11.intoArray(c, cOffset + 11 * ldc + 16);
    }

    /// 8 rows, the lanes of one vector.
    static void rows8(
            float[] a,
            int aOffset,
            int aStride,
            MemorySegment w,
            long wOffset,
            long wStride,
            int depth,
            float[] c,
            int cOffset,
            int ldc) {
        FloatVector x0 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset);
        FloatVector y0 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 16);
        FloatVector x1 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + ldc);
        FloatVector y1 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + ldc + 16);
        FloatVector x2 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 2 * ldc);
        FloatVector y2 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 2 * ldc + 16);
        FloatVector x3 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 3 * ldc);
        FloatVector y3 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 3 * ldc + 16);
        FloatVector x4 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 4 * ldc);
        FloatVector y4 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 4 * ldc + 16);
        FloatVector x5 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 5 * ldc);
        FloatVector y5 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 5 * ldc + 16);
        FloatVector x6 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 6 * ldc);
        FloatVector y6 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 6 * ldc + 16);
        FloatVector x7 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 7 * ldc);
        FloatVector y7 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 7 * ldc + 16);
        long offset = wOffset;
        int i = aOffset;
        for (int k = 0; k < depth; k++) {
            IntVector pairs = IntVector.fromMemorySegment(Lanes.INTS, w, offset, ByteOrder.LITTLE_ENDIAN);
            FloatVector low = pairs.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            FloatVector high = pairs.and(HIGH_HALF).reinterpretAsFloats();
            FloatVector a0 = FloatVector.broadcast(Lanes.FLOATS, a[i]);
            x0 = a0.fma(low, x0);
            y0 = a0.fma(high, y0);
            FloatVector a1 = FloatVector.broadcast(Lanes.FLOATS, a[i + 1]);
            x1 = a1.fma(low, x1);
            y1 = a1.fma(high, y1);
            FloatVector a2 = FloatVector.broadcast(Lanes.FLOATS, a[i + 2]);
            x2 = a2.fma(low, x2);
            y2 = a2.fma(high, y2);
            FloatVector a3 = FloatVector.broadcast(Lanes.FLOATS, a[i + 3]);
            x3 = a3.fma(low, x3);
            y3 = a3.fma(high, y3);
            FloatVector a4 = FloatVector.broadcast(Lanes.FLOATS, a[i + 4]);
            x4 = a4.fma(low, x4);
            y4 = a4.fma(high, y4);
            FloatVector a5 = FloatVector.broadcast(Lanes.FLOATS, a[i + 5]);
            x5 = a5.fma(low, x5);
            y5 = a5.fma(high, y5);
            FloatVector a6 = FloatVector.broadcast(Lanes.FLOATS, a[i + 6]);
            x6 = a6.fma(low, x6);
            y6 = a6.fma(high, y6);
            FloatVector a7 = FloatVector.broadcast(Lanes.FLOATS, a[i + 7]);
            x7 = a7.fma(low, x7);
            y7 = a7.fma(high, y7);
            i += aStride;
            offset += wStride;
        }
        x0.intoArray(c, cOffset);
        y0.intoArray(c, cOffset + 16);
        x1.intoArray(c, cOffset + ldc);
        y1.intoArray(c, cOffset + ldc + 16);
        x2.intoArray(c, cOffset + 2 * ldc);
        y2.intoArray(c, cOffset + 2 * ldc + 16);
        x3.intoArray(c, cOffset + 3 * ldc);
        y3.intoArray(c, cOffset + 3 * ldc + 16);
        x4.intoArray(c, cOffset + 4 * ldc);
        y4.intoArray(c, cOffset + 4 * ldc + 16);
        x5.intoArray(c, cOffset + 5 * ldc);
        y5.intoArray(c, cOffset + 5 * ldc + 16);
        x6.intoArray(c, cOffset + 6 * ldc);
        y6.intoArray(c, cOffset + 6 * ldc + 16);
        x7.intoArray(c, cOffset + 7 * ldc);
        y7.intoArray(c, cOffset + 7 * ldc + 16);
    }

    /// 4 rows, the lanes of one vector.
    static void rows4(
            float[] a,
            int aOffset,
            int aStride,
            MemorySegment w,
            long wOffset,
            long wStride,
            int depth,
            float[] c,
            int cOffset,
            int ldc) {
        FloatVector x0 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset);
        FloatVector y0 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 16);
        FloatVector x1 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + ldc);
        FloatVector y1 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + ldc + 16);
        FloatVector x2 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 2 * ldc);
        FloatVector y2 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 2 * ldc + 16);
        FloatVector x3 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 3 * ldc);
        FloatVector y3 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 3 * ldc + 16);
        long offset = wOffset;
        int i = aOffset;
        for (int k = 0; k < depth; k++) {
            IntVector pairs = IntVector.fromMemorySegment(Lanes.INTS, w, offset, ByteOrder.LITTLE_ENDIAN);
            FloatVector low = pairs.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            FloatVector high = pairs.and(HIGH_HALF).reinterpretAsFloats();
            FloatVector a0 = FloatVector.broadcast(Lanes.FLOATS, a[i]);
            x0 = a0.fma(low, x0);
            y0 = a0.fma(high, y0);
            FloatVector a1 = FloatVector.broadcast(Lanes.FLOATS, a[i + 1]);
            x1 = a1.fma(low, x1);
            y1 = a1.fma(high, y1);
            FloatVector a2 = FloatVector.broadcast(Lanes.FLOATS, a[i + 2]);
            x2 = a2.fma(low, x2);
            y2 = a2.fma(high, y2);
            FloatVector a3 = FloatVector.broadcast(Lanes.FLOATS, a[i + 3]);
            x3 = a3.fma(low, x3);
            y3 = a3.fma(high, y3);
            i += aStride;
            offset += wStride;
        }
        x0.intoArray(c, cOffset);
        y0.intoArray(c, cOffset + 16);
        x1.intoArray(c, cOffset + ldc);
        y1.intoArray(c, cOffset + ldc + 16);
        x2.intoArray(c, cOffset + 2 * ldc);
        y2.intoArray(c, cOffset + 2 * ldc + 16);
        x3.intoArray(c, cOffset + 3 * ldc);
        y3.intoArray(c, cOffset + 3 * ldc + 16);
    }

    /// 2 rows, the lanes of one vector.
    static void rows2(
            float[] a,
            int aOffset,
            int aStride,
            MemorySegment w,
            long wOffset,
            long wStride,
            int depth,
            float[] c,
            int cOffset,
            int ldc) {
        FloatVector x0 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset);
        FloatVector y0 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 16);
        FloatVector x1 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + ldc);
        FloatVector y1 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + ldc + 16);
        long offset = wOffset;
        int i = aOffset;
        for (int k = 0; k < depth; k++) {
            IntVector pairs = IntVector.fromMemorySegment(Lanes.INTS, w, offset, ByteOrder.LITTLE_ENDIAN);
            FloatVector low = pairs.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            FloatVector high = pairs.and(HIGH_HALF).reinterpretAsFloats();
            FloatVector a0 = FloatVector.broadcast(Lanes.FLOATS, a[i]);
            x0 = a0.fma(low, x0);
            y0 = a0.fma(high, y0);
            FloatVector a1 = FloatVector.broadcast(Lanes.FLOATS, a[i + 1]);
            x1 = a1.fma(low, x1);
            y1 = a1.fma(high, y1);
            i += aStride;
            offset += wStride;
        }
        x0.intoArray(c, cOffset);
        y0.intoArray(c, cOffset + 16);
        x1.intoArray(c, cOffset + ldc);
        y1.intoArray(c, cOffset + ldc + 16);
    }

    /// 1 row, the lanes of one vector.
    static void rows1(
            float[] a,
            int aOffset,
            int aStride,
            MemorySegment w,
            long wOffset,
            long wStride,
            int depth,
            float[] c,
            int cOffset,
            int ldc) {
        FloatVector x0 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset);
        FloatVector y0 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 16);
        long offset = wOffset;
        int i = aOffset;
        for (int k = 0; k < depth; k++) {
            IntVector pairs = IntVector.fromMemorySegment(Lanes.INTS, w, offset, ByteOrder.LITTLE_ENDIAN);
            FloatVector low = pairs.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            FloatVector high = pairs.and(HIGH_HALF).reinterpretAsFloats();
            FloatVector a0 = FloatVector.broadcast(Lanes.FLOATS, a[i]);
            x0 = a0.fma(low, x0);
            y0 = a0.fma(high, y0);
            i += aStride;
            offset += wStride;
        }
        x0.intoArray(c, cOffset);
        y0.intoArray(c, cOffset + 16);
    }
}
