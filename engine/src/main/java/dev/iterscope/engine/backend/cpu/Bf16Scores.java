package dev.iterscope.engine.backend.cpu;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// Scores of packed queries against tiles of 16 bfloat16 keys: the score of row r and position p is the sum over d of
/// q(d, r) · k(d, p). For 12, 8, 4, 2 and 1 rows at a time; few rows take four tiles at once.
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

    /// 4 rows, four tiles, so that the additions of one score do not wait for each other alone.
    static void rows4OfFour(
            float[] q, int qOffset, int qStride, MemorySegment keys, long[] tiles, long lane, int headDim, float[] s, int sOffset) {
        long k0 = tiles[0] + lane;
        long k1 = tiles[1] + lane;
        long k2 = tiles[2] + lane;
        long k3 = tiles[3] + lane;
        FloatVector s00 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s01 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s02 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s03 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s10 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s11 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s12 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s13 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s20 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s21 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s22 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s23 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s30 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s31 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s32 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s33 = FloatVector.zero(Lanes.FLOATS);
        int i = qOffset;
        long offset = 0;
        for (int d = 0; d < headDim; d += 2) {
            IntVector p0 = IntVector.fromMemorySegment(Lanes.INTS, keys, k0 + offset, ByteOrder.LITTLE_ENDIAN);
            IntVector p1 = IntVector.fromMemorySegment(Lanes.INTS, keys, k1 + offset, ByteOrder.LITTLE_ENDIAN);
            IntVector p2 = IntVector.fromMemorySegment(Lanes.INTS, keys, k2 + offset, ByteOrder.LITTLE_ENDIAN);
            IntVector p3 = IntVector.fromMemorySegment(Lanes.INTS, keys, k3 + offset, ByteOrder.LITTLE_ENDIAN);
            FloatVector e0 = FloatVector.broadcast(Lanes.FLOATS, q[i]);
            FloatVector e1 = FloatVector.broadcast(Lanes.FLOATS, q[i + 1]);
            FloatVector e2 = FloatVector.broadcast(Lanes.FLOATS, q[i + 2]);
            FloatVector e3 = FloatVector.broadcast(Lanes.FLOATS, q[i + 3]);
            FloatVector even0 = p0.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            s00 = e0.fma(even0, s00);
            s10 = e1.fma(even0, s10);
            s20 = e2.fma(even0, s20);
            s30 = e3.fma(even0, s30);
            FloatVector even1 = p1.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            s01 = e0.fma(even1, s01);
            s11 = e1.fma(even1, s11);
            s21 = e2.fma(even1, s21);
            s31 = e3.fma(even1, s31);
            FloatVector even2 = p2.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            s02 = e0.fma(even2, s02);
            s12 = e1.fma(even2, s12);
            s22 = e2.fma(even2, s22);
            s32 = e3.fma(even2, s32);
            FloatVector even3 = p3.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            s03 = e0.fma(even3, s03);
            s13 = e1.fma(even3, s13);
            s23 = e2.fma(even3, s23);
            s33 = e3.fma(even3, s33);
            i += qStride;
            FloatVector o0 = FloatVector.broadcast(Lanes.FLOATS, q[i]);
            FloatVector o1 = FloatVector.broadcast(Lanes.FLOATS, q[i + 1]);
            FloatVector o2 = FloatVector.broadcast(Lanes.FLOATS, q[i + 2]);
            FloatVector o3 = FloatVector.broadcast(Lanes.FLOATS, q[i + 3]);
            FloatVector odd0 = p0.and(HIGH_HALF).reinterpretAsFloats();
            s00 = o0.fma(odd0, s00);
            s10 = o1.fma(odd0, s10);
            s20 = o2.fma(odd0, s20);
            s30 = o3.fma(odd0, s30);
            FloatVector odd1 = p1.and(HIGH_HALF).reinterpretAsFloats();
            s01 = o0.fma(odd1, s01);
            s11 = o1.fma(odd1, s11);
            s21 = o2.fma(odd1, s21);
            s31 = o3.fma(odd1, s31);
            FloatVector odd2 = p2.and(HIGH_HALF).reinterpretAsFloats();
            s02 = o0.fma(odd2, s02);
            s12 = o1.fma(odd2, s12);
            s22 = o2.fma(odd2, s22);
            s32 = o3.fma(odd2, s32);
            FloatVector odd3 = p3.and(HIGH_HALF).reinterpretAsFloats();
            s03 = o0.fma(odd3, s03);
            s13 = o1.fma(odd3, s13);
            s23 = o2.fma(odd3, s23);
            s33 = o3.fma(odd3, s33);
            i += qStride;
            offset += 64;
        }
        s00.intoArray(s, sOffset);
        s01.intoArray(s, sOffset + 16);
        s02.intoArray(s, sOffset + 32);
        s03.intoArray(s, sOffset + 48);
        s10.intoArray(s, sOffset + 64);
        s11.intoArray(s, sOffset + 80);
        s12.intoArray(s, sOffset + 96);
        s13.intoArray(s, sOffset + 112);
        s20.intoArray(s, sOffset + 128);
        s21.intoArray(s, sOffset + 144);
        s22.intoArray(s, sOffset + 160);
        s23.intoArray(s, sOffset + 176);
        s30.intoArray(s, sOffset + 192);
        s31.intoArray(s, sOffset + 208);
        s32.intoArray(s, sOffset + 224);
        s33.intoArray(s, sOffset + 240);
    }

    /// 2 rows, four tiles, so that the additions of one score do not wait for each other alone.
    static void rows2OfFour(
            float[] q, int qOffset, int qStride, MemorySegment keys, long[] tiles, long lane, int headDim, float[] s, int sOffset) {
        long k0 = tiles[0] + lane;
        long k1 = tiles[1] + lane;
        long k2 = tiles[2] + lane;
        long k3 = tiles[3] + lane;
        FloatVector s00 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s01 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s02 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s03 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s10 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s11 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s12 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s13 = FloatVector.zero(Lanes.FLOATS);
        int i = qOffset;
        long offset = 0;
        for (int d = 0; d < headDim; d += 2) {
            IntVector p0 = IntVector.fromMemorySegment(Lanes.INTS, keys, k0 + offset, ByteOrder.LITTLE_ENDIAN);
            IntVector p1 = IntVector.fromMemorySegment(Lanes.INTS, keys, k1 + offset, ByteOrder.LITTLE_ENDIAN);
            IntVector p2 = IntVector.fromMemorySegment(Lanes.INTS, keys, k2 + offset, ByteOrder.LITTLE_ENDIAN);
            IntVector p3 = IntVector.fromMemorySegment(Lanes.INTS, keys, k3 + offset, ByteOrder.LITTLE_ENDIAN);
            FloatVector e0 = FloatVector.broadcast(Lanes.FLOATS, q[i]);
            FloatVector e1 = FloatVector.broadcast(Lanes.FLOATS, q[i + 1]);
            FloatVector even0 = p0.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            s00 = e0.fma(even0, s00);
            s10 = e1.fma(even0, s10);
            FloatVector even1 = p1.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            s01 = e0.fma(even1, s01);
            s11 = e1.fma(even1, s11);
            FloatVector even2 = p2.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            s02 = e0.fma(even2, s02);
            s12 = e1.fma(even2, s12);
            FloatVector even3 = p3.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            s03 = e0.fma(even3, s03);
            s13 = e1.fma(even3, s13);
            i += qStride;
            FloatVector o0 = FloatVector.broadcast(Lanes.FLOATS, q[i]);
            FloatVector o1 = FloatVector.broadcast(Lanes.FLOATS, q[i + 1]);
            FloatVector odd0 = p0.and(HIGH_HALF).reinterpretAsFloats();
            s00 = o0.fma(odd0, s00);
            s10 = o1.fma(odd0, s10);
            FloatVector odd1 = p1.and(HIGH_HALF).reinterpretAsFloats();
            s01 = o0.fma(odd1, s01);
            s11 = o1.fma(odd1, s11);
            FloatVector odd2 = p2.and(HIGH_HALF).reinterpretAsFloats();
            s02 = o0.fma(odd2, s02);
            s12 = o1.fma(odd2, s12);
            FloatVector odd3 = p3.and(HIGH_HALF).reinterpretAsFloats();
            s03 = o0.fma(odd3, s03);
            s13 = o1.fma(odd3, s13);
            i += qStride;
            offset += 64;
        }
        s00.intoArray(s, sOffset);
        s01.intoArray(s, sOffset + 16);
        s02.intoArray(s, sOffset + 32);
        s03.intoArray(s, sOffset + 48);
        s10.intoArray(s, sOffset + 64);
        s11.intoArray(s, sOffset + 80);
        s12.intoArray(s, sOffset + 96);
        s13.intoArray(s, sOffset + 112);
    }

    /// 1 row, four tiles, so that the additions of one score do not wait for each other alone.
    static void rows1OfFour(
            float[] q, int qOffset, int qStride, MemorySegment keys, long[] tiles, long lane, int headDim, float[] s, int sOffset) {
        long k0 = tiles[0] + lane;
        long k1 = tiles[1] + lane;
        long k2 = tiles[2] + lane;
        long k3 = tiles[3] + lane;
        FloatVector s00 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s01 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s02 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s03 = FloatVector.zero(Lanes.FLOATS);
        int i = qOffset;
        long offset = 0;
        for (int d = 0; d < headDim; d += 2) {
            IntVector p0 = IntVector.fromMemorySegment(Lanes.INTS, keys, k0 + offset, ByteOrder.LITTLE_ENDIAN);
            IntVector p1 = IntVector.fromMemorySegment(Lanes.INTS, keys, k1 + offset, ByteOrder.LITTLE_ENDIAN);
            IntVector p2 = IntVector.fromMemorySegment(Lanes.INTS, keys, k2 + offset, ByteOrder.LITTLE_ENDIAN);
            IntVector p3 = IntVector.fromMemorySegment(Lanes.INTS, keys, k3 + offset, ByteOrder.LITTLE_ENDIAN);
            FloatVector e0 = FloatVector.broadcast(Lanes.FLOATS, q[i]);
            FloatVector even0 = p0.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            s00 = e0.fma(even0, s00);
            FloatVector even1 = p1.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            s01 = e0.fma(even1, s01);
            FloatVector even2 = p2.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            s02 = e0.fma(even2, s02);
            FloatVector even3 = p3.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            s03 = e0.fma(even3, s03);
            i += qStride;
            FloatVector o0 = FloatVector.broadcast(Lanes.FLOATS, q[i]);
            FloatVector odd0 = p0.and(HIGH_HALF).reinterpretAsFloats();
            s00 = o0.fma(odd0, s00);
            FloatVector odd1 = p1.and(HIGH_HALF).reinterpretAsFloats();
            s01 = o0.fma(odd1, s01);
            FloatVector odd2 = p2.and(HIGH_HALF).reinterpretAsFloats();
            s02 = o0.fma(odd2, s02);
            FloatVector odd3 = p3.and(HIGH_HALF).reinterpretAsFloats();
            s03 = o0.fma(odd3, s03);
            i += qStride;
            offset += 64;
        }
        s00.intoArray(s, sOffset);
        s01.intoArray(s, sOffset + 16);
        s02.intoArray(s, sOffset + 32);
        s03.intoArray(s, sOffset + 48);
    }
}
