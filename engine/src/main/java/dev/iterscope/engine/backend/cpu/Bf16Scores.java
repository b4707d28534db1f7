package dev.iterscope.engine.backend.cpu;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// Scores of packed queries against tiles of 16 bfloat16 keys: the score of row r and position p is the sum over d of
/// q(d, r) · k(d, p). For 12, 8, 4, 2 and 1 rows at a time and one tile; few rows take four tiles at once ([Bf16SpanScores]).
///
/// A tile of keys holds for each pair of dimensions 16 ints, one a position; the lower half is the even dimension. Lanes are
/// positions, so no score needs a sum across lanes. Rows of scores are [Lanes#SPAN] apart.
final class Bf16Scores {
    private static final int HIGH_HALF = 0xFFFF0000;

    private Bf16Scores() {}

    /// 12 rows, one tile.
    static void rows12(
            float[] q, int qOffset, int qStride, MemorySegment keys, long keyOffset, int headDim, float[] s, int sOffset) {
        FloatVector s0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s1 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s2 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s3 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s4 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s5 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s6 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s7 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s8 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s9 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s10 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s11 = FloatVector.zero(Lanes.FLOATS);
        long offset = keyOffset;
        int i = qOffset;
        for (int d = 0; d < headDim; d += 2) {
            IntVector pairs = IntVector.fromMemorySegment(Lanes.INTS, keys, offset, ByteOrder.LITTLE_ENDIAN);
            FloatVector even = pairs.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            FloatVector odd = pairs.and(HIGH_HALF).reinterpretAsFloats();
            s0 = FloatVector.broadcast(Lanes.FLOATS, q[i]).fma(even, s0);
            s1 = FloatVector.broadcast(Lanes.FLOATS, q[i + 1]).fma(even, s1);
            s2 = FloatVector.broadcast(Lanes.FLOATS, q[i + 2]).fma(even, s2);
            s3 = FloatVector.broadcast(Lanes.FLOATS, q[i + 3]).fma(even, s3);
            s4 = FloatVector.broadcast(Lanes.FLOATS, q[i + 4]).fma(even, s4);
            s5 = FloatVector.broadcast(Lanes.FLOATS, q[i + 5]).fma(even, s5);
            s6 = FloatVector.broadcast(Lanes.FLOATS, q[i + 6]).fma(even, s6);
            s7 = FloatVector.broadcast(Lanes.FLOATS, q[i + 7]).fma(even, s7);
            s8 = FloatVector.broadcast(Lanes.FLOATS, q[i + 8]).fma(even, s8);
            s9 = FloatVector.broadcast(Lanes.FLOATS, q[i + 9]).fma(even, s9);
            s10 = FloatVector.broadcast(Lanes.FLOATS, q[i + 10]).fma(even, s10);
            s11 = FloatVector.broadcast(Lanes.FLOATS, q[i + 11]).fma(even, s11);
            i += qStride;
            s0 = FloatVector.broadcast(Lanes.FLOATS, q[i]).fma(odd, s0);
            s1 = FloatVector.broadcast(Lanes.FLOATS, q[i + 1]).fma(odd, s1);
            s2 = FloatVector.broadcast(Lanes.FLOATS, q[i + 2]).fma(odd, s2);
            s3 = FloatVector.broadcast(Lanes.FLOATS, q[i + 3]).fma(odd, s3);
            s4 = FloatVector.broadcast(Lanes.FLOATS, q[i + 4]).fma(odd, s4);
            s5 = FloatVector.broadcast(Lanes.FLOATS, q[i + 5]).fma(odd, s5);
            s6 = FloatVector.broadcast(Lanes.FLOATS, q[i + 6]).fma(odd, s6);
            s7 = FloatVector.broadcast(Lanes.FLOATS, q[i + 7]).fma(odd, s7);
            s8 = FloatVector.broadcast(Lanes.FLOATS, q[i + 8]).fma(odd, s8);
            s9 = FloatVector.broadcast(Lanes.FLOATS, q[i + 9]).fma(odd, s9);
            s10 = FloatVector.broadcast(Lanes.FLOATS, q[i + 10]).fma(odd, s10);
            s11 = FloatVector.broadcast(Lanes.FLOATS, q[i + 11]).fma(odd, s11);
            i += qStride;
            offset += 64;
        }
        s0.intoArray(s, sOffset);
        s1.intoArray(s, sOffset + 64);
        s2.intoArray(s, sOffset + 128);
        s3.intoArray(s, sOffset + 192);
        s4.intoArray(s, sOffset + 256);
        s5.intoArray(s, sOffset + 320);
        s6.intoArray(s, sOffset + 384);
        s7.intoArray(s, sOffset + 448);
        s8.intoArray(s, sOffset + 512);
        s9.intoArray(s, sOffset + 576);
        s10.intoArray(s, sOffset + 640);
        s11.intoArray(s, sOffset + 704);
    }

    /// 8 rows, one tile.
    static void rows8(
            float[] q, int qOffset, int qStride, MemorySegment keys, long keyOffset, int headDim, float[] s, int sOffset) {
        FloatVector s0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s1 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s2 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s3 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s4 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s5 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s6 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s7 = FloatVector.zero(Lanes.FLOATS);
        long offset = keyOffset;
        int i = qOffset;
        for (int d = 0; d < headDim; d += 2) {
            IntVector pairs = IntVector.fromMemorySegment(Lanes.INTS, keys, offset, ByteOrder.LITTLE_ENDIAN);
            FloatVector even = pairs.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            FloatVector odd = pairs.and(HIGH_HALF).reinterpretAsFloats();
            s0 = FloatVector.broadcast(Lanes.FLOATS, q[i]).fma(even, s0);
            s1 = FloatVector.broadcast(Lanes.FLOATS, q[i + 1]).fma(even, s1);
            s2 = FloatVector.broadcast(Lanes.FLOATS, q[i + 2]).fma(even, s2);
            s3 = FloatVector.broadcast(Lanes.FLOATS, q[i + 3]).fma(even, s3);
            s4 = FloatVector.broadcast(Lanes.FLOATS, q[i + 4]).fma(even, s4);
            s5 = FloatVector.broadcast(Lanes.FLOATS, q[i + 5]).fma(even, s5);
            s6 = FloatVector.broadcast(Lanes.FLOATS, q[i + 6]).fma(even, s6);
            s7 = FloatVector.broadcast(Lanes.FLOATS, q[i + 7]).fma(even, s7);
            i += qStride;
            s0 = FloatVector.broadcast(Lanes.FLOATS, q[i]).fma(odd, s0);
            s1 = FloatVector.broadcast(Lanes.FLOATS, q[i + 1]).fma(odd, s1);
            s2 = FloatVector.broadcast(Lanes.FLOATS, q[i + 2]).fma(odd, s2);
            s3 = FloatVector.broadcast(Lanes.FLOATS, q[i + 3]).fma(odd, s3);
            s4 = FloatVector.broadcast(Lanes.FLOATS, q[i + 4]).fma(odd, s4);
            s5 = FloatVector.broadcast(Lanes.FLOATS, q[i + 5]).fma(odd, s5);
            s6 = FloatVector.broadcast(Lanes.FLOATS, q[i + 6]).fma(odd, s6);
            s7 = FloatVector.broadcast(Lanes.FLOATS, q[i + 7]).fma(odd, s7);
            i += qStride;
            offset += 64;
        }
        s0.intoArray(s, sOffset);
        s1.intoArray(s, sOffset + 64);
        s2.intoArray(s, sOffset + 128);
        s3.intoArray(s, sOffset + 192);
        s4.intoArray(s, sOffset + 256);
        s5.intoArray(s, sOffset + 320);
        s6.intoArray(s, sOffset + 384);
        s7.intoArray(s, sOffset + 448);
    }

    /// 4 rows, one tile.
    static void rows4(
            float[] q, int qOffset, int qStride, MemorySegment keys, long keyOffset, int headDim, float[] s, int sOffset) {
        FloatVector s0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s1 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s2 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s3 = FloatVector.zero(Lanes.FLOATS);
        long offset = keyOffset;
        int i = qOffset;
        for (int d = 0; d < headDim; d += 2) {
            IntVector pairs = IntVector.fromMemorySegment(Lanes.INTS, keys, offset, ByteOrder.LITTLE_ENDIAN);
            FloatVector even = pairs.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            FloatVector odd = pairs.and(HIGH_HALF).reinterpretAsFloats();
            s0 = FloatVector.broadcast(Lanes.FLOATS, q[i]).fma(even, s0);
            s1 = FloatVector.broadcast(Lanes.FLOATS, q[i + 1]).fma(even, s1);
            s2 = FloatVector.broadcast(Lanes.FLOATS, q[i + 2]).fma(even, s2);
            s3 = FloatVector.broadcast(Lanes.FLOATS, q[i + 3]).fma(even, s3);
            i += qStride;
            s0 = FloatVector.broadcast(Lanes.FLOATS, q[i]).fma(odd, s0);
            s1 = FloatVector.broadcast(Lanes.FLOATS, q[i + 1]).fma(odd, s1);
            s2 = FloatVector.broadcast(Lanes.FLOATS, q[i + 2]).fma(odd, s2);
            s3 = FloatVector.broadcast(Lanes.FLOATS, q[i + 3]).fma(odd, s3);
            i += qStride;
            offset += 64;
        }
        s0.intoArray(s, sOffset);
        s1.intoArray(s, sOffset + 64);
        s2.intoArray(s, sOffset + 128);
        s3.intoArray(s, sOffset + 192);
    }

    /// 2 rows, one tile.
    static void rows2(
            float[] q, int qOffset, int qStride, MemorySegment keys, long keyOffset, int headDim, float[] s, int sOffset) {
        FloatVector s0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s1 = FloatVector.zero(Lanes.FLOATS);
        long offset = keyOffset;
        int i = qOffset;
        for (int d = 0; d < headDim; d += 2) {
            IntVector pairs = IntVector.fromMemorySegment(Lanes.INTS, keys, offset, ByteOrder.LITTLE_ENDIAN);
            FloatVector even = pairs.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            FloatVector odd = pairs.and(HIGH_HALF).reinterpretAsFloats();
            s0 = FloatVector.broadcast(Lanes.FLOATS, q[i]).fma(even, s0);
            s1 = FloatVector.broadcast(Lanes.FLOATS, q[i + 1]).fma(even, s1);
            i += qStride;
            s0 = FloatVector.broadcast(Lanes.FLOATS, q[i]).fma(odd, s0);
            s1 = FloatVector.broadcast(Lanes.FLOATS, q[i + 1]).fma(odd, s1);
            i += qStride;
            offset += 64;
        }
        s0.intoArray(s, sOffset);
        s1.intoArray(s, sOffset + 64);
    }

    /// 1 row, one tile.
    static void rows1(
            float[] q, int qOffset, int qStride, MemorySegment keys, long keyOffset, int headDim, float[] s, int sOffset) {
        FloatVector s0 = FloatVector.zero(Lanes.FLOATS);
        long offset = keyOffset;
        int i = qOffset;
        for (int d = 0; d < headDim; d += 2) {
            IntVector pairs = IntVector.fromMemorySegment(Lanes.INTS, keys, offset, ByteOrder.LITTLE_ENDIAN);
            FloatVector even = pairs.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            FloatVector odd = pairs.and(HIGH_HALF).reinterpretAsFloats();
            s0 = FloatVector.broadcast(Lanes.FLOATS, q[i]).fma(even, s0);
            i += qStride;
            s0 = FloatVector.broadcast(Lanes.FLOATS, q[i]).fma(odd, s0);
            i += qStride;
            offset += 64;
        }
        s0.intoArray(s, sOffset);
    }
}
