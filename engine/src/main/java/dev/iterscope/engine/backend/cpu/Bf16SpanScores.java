package dev.iterscope.engine.backend.cpu;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// Like [Bf16Scores], for 4, 2 and 1 rows and the four tiles of a span at once.
final class Bf16SpanScores {
    private static final int HIGH_HALF = 0xFFFF0000;

    private Bf16SpanScores() {}

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
