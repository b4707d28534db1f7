package dev.iterscope.engine.backend.cpu;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/// Like [Bf16Panels], for panels of 32 floats, and 4 and 1 rows at a time: the less travelled road of F32 and F16 checkpoints and of
/// an F32 KV cache.
final class F32Panels {

    private F32Panels() {}

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
            FloatVector low = FloatVector.fromMemorySegment(Lanes.FLOATS, w, offset, ByteOrder.LITTLE_ENDIAN);
            FloatVector high = FloatVector.fromMemorySegment(Lanes.FLOATS, w, offset + 64, ByteOrder.LITTLE_ENDIAN);
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
            FloatVector low = FloatVector.fromMemorySegment(Lanes.FLOATS, w, offset, ByteOrder.LITTLE_ENDIAN);
            FloatVector high = FloatVector.fromMemorySegment(Lanes.FLOATS, w, offset + 64, ByteOrder.LITTLE_ENDIAN);
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
