package dev.iterscope.engine.backend.cpu;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/// Like [Bf16Scores], for 16 float keys: a tile holds for each dimension 16 floats, one a position.
final class F32Scores {

    private F32Scores() {}

    /// 4 rows, one tile.
    static void rows4(
            float[] q, int qOffset, int qStride, MemorySegment keys, long keyOffset, int headDim, float[] s, int sOffset) {
        FloatVector s0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s1 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s2 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s3 = FloatVector.zero(Lanes.FLOATS);
        long offset = keyOffset;
        int i = qOffset;
        for (int d = 0; d < headDim; d += 1) {
            FloatVector key = FloatVector.fromMemorySegment(Lanes.FLOATS, keys, offset, ByteOrder.LITTLE_ENDIAN);
            s0 = FloatVector.broadcast(Lanes.FLOATS, q[i]).fma(key, s0);
            s1 = FloatVector.broadcast(Lanes.FLOATS, q[i + 1]).fma(key, s1);
            s2 = FloatVector.broadcast(Lanes.FLOATS, q[i + 2]).fma(key, s2);
            s3 = FloatVector.broadcast(Lanes.FLOATS, q[i + 3]).fma(key, s3);
            i += qStride;
            offset += 64;
        }
        s0.intoArray(s, sOffset);
        s1.intoArray(s, sOffset + 64);
        s2.intoArray(s, sOffset + 128);
        s3.intoArray(s, sOffset + 192);
    }

    /// 1 row, one tile.
    static void rows1(
            float[] q, int qOffset, int qStride, MemorySegment keys, long keyOffset, int headDim, float[] s, int sOffset) {
        FloatVector s0 = FloatVector.zero(Lanes.FLOATS);
        long offset = keyOffset;
        int i = qOffset;
        for (int d = 0; d < headDim; d += 1) {
            FloatVector key = FloatVector.fromMemorySegment(Lanes.FLOATS, keys, offset, ByteOrder.LITTLE_ENDIAN);
            s0 = FloatVector.broadcast(Lanes.FLOATS, q[i]).fma(key, s0);
            i += qStride;
            offset += 64;
        }
        s0.intoArray(s, sOffset);
    }
}
