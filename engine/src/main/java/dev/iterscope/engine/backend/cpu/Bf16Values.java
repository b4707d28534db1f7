package dev.iterscope.engine.backend.cpu;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// Weighted sums of bfloat16 values over tiles of positions: c += p · v for 32 dimensions, for 12, 8, 4, 2 and 1 rows at a time. Like
/// [Bf16Panels], but the weights of a row stand side by side, rows [Lanes#SPAN] apart, as the softmax leaves them. Sums stay in
/// registers from tile to tile.
///
/// The weight of row `r` and position `k` of tile `t` is `p[pOffset + 16 * t + k + 64 * r]`; the position's 32 values begin at byte
/// `tiles[t] + vOffset + k * vStride`; a tile has `counts[t]` positions; row `r` of the result begins at `c[cOffset + r * ldc]`.
final class Bf16Values {
    private static final int HIGH_HALF = 0xFFFF0000;

    private Bf16Values() {}

    /// 12 rows, one panel, the lanes of one vector.
    static void rows12(
            float[] p,
            int pOffset,
            MemorySegment v,
            long vOffset,
            long vStride,
            long[] tiles,
            int[] counts,
            int tileCount,
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
        for (int tile = 0; tile < tileCount; tile++) {
            long offset = tiles[tile] + vOffset;
            int first = pOffset + tile * Lanes.TILE;
            for (int i = first; i < first + counts[tile]; i++) {
                IntVector pairs = IntVector.fromMemorySegment(Lanes.INTS, v, offset, ByteOrder.LITTLE_ENDIAN);
                FloatVector low = pairs.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
                FloatVector high = pairs.and(HIGH_HALF).reinterpretAsFloats();
                FloatVector f0 = FloatVector.broadcast(Lanes.FLOATS, p[i]);
                x0 = f0.fma(low, x0);
                y0 = f0.fma(high, y0);
                FloatVector f1 = FloatVector.broadcast(Lanes.FLOATS, p[i + 64]);
                x1 = f1.fma(low, x1);
                y1 = f1.fma(high, y1);
                FloatVector f2 = FloatVector.broadcast(Lanes.FLOATS, p[i + 128]);
                x2 = f2.fma(low, x2);
                y2 = f2.fma(high, y2);
                FloatVector f3 = FloatVector.broadcast(Lanes.FLOATS, p[i + 192]);
                x3 = f3.fma(low, x3);
                y3 = f3.fma(high, y3);
                FloatVector f4 = FloatVector.broadcast(Lanes.FLOATS, p[i + 256]);
                x4 = f4.fma(low, x4);
                y4 = f4.fma(high, y4);
                FloatVector f5 = FloatVector.broadcast(Lanes.FLOATS, p[i + 320]);
                x5 = f5.fma(low, x5);
                y5 = f5.fma(high, y5);
                FloatVector f6 = FloatVector.broadcast(Lanes.FLOATS, p[i + 384]);
                x6 = f6.fma(low, x6);
                y6 = f6.fma(high, y6);
                FloatVector f7 = FloatVector.broadcast(Lanes.FLOATS, p[i + 448]);
                x7 = f7.fma(low, x7);
                y7 = f7.fma(high, y7);
                FloatVector f8 = FloatVector.broadcast(Lanes.FLOATS, p[i + 512]);
                x8 = f8.fma(low, x8);
                y8 = f8.fma(high, y8);
                FloatVector f9 = FloatVector.broadcast(Lanes.FLOATS, p[i + 576]);
                x9 = f9.fma(low, x9);
                y9 = f9.fma(high, y9);
                FloatVector f10 = FloatVector.broadcast(Lanes.FLOATS, p[i + 640]);
                x10 = f10.fma(low, x10);
                y10 = f10.fma(high, y10);
                FloatVector f11 = FloatVector.broadcast(Lanes.FLOATS, p[i + 704]);
                x11 = f11.fma(low, x11);
                y11 = f11.fma(high, y11);
                offset += vStride;
            }
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

    /// 8 rows, one panel, the lanes of one vector.
    static void rows8(
            float[] p,
            int pOffset,
            MemorySegment v,
            long vOffset,
            long vStride,
            long[] tiles,
            int[] counts,
            int tileCount,
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
        for (int tile = 0; tile < tileCount; tile++) {
            long offset = tiles[tile] + vOffset;
            int first = pOffset + tile * Lanes.TILE;
            for (int i = first; i < first + counts[tile]; i++) {
                IntVector pairs = IntVector.fromMemorySegment(Lanes.INTS, v, offset, ByteOrder.LITTLE_ENDIAN);
                FloatVector low = pairs.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
                FloatVector high = pairs.and(HIGH_HALF).reinterpretAsFloats();
                FloatVector f0 = FloatVector.broadcast(Lanes.FLOATS, p[i]);
                x0 = f0.fma(low, x0);
                y0 = f0.fma(high, y0);
                FloatVector f1 = FloatVector.broadcast(Lanes.FLOATS, p[i + 64]);
                x1 = f1.fma(low, x1);
                y1 = f1.fma(high, y1);
                FloatVector f2 = FloatVector.broadcast(Lanes.FLOATS, p[i + 128]);
                x2 = f2.fma(low, x2);
                y2 = f2.fma(high, y2);
                FloatVector f3 = FloatVector.broadcast(Lanes.FLOATS, p[i + 192]);
                x3 = f3.fma(low, x3);
                y3 = f3.fma(high, y3);
                FloatVector f4 = FloatVector.broadcast(Lanes.FLOATS, p[i + 256]);
                x4 = f4.fma(low, x4);
                y4 = f4.fma(high, y4);
                FloatVector f5 = FloatVector.broadcast(Lanes.FLOATS, p[i + 320]);
                x5 = f5.fma(low, x5);
                y5 = f5.fma(high, y5);
                FloatVector f6 = FloatVector.broadcast(Lanes.FLOATS, p[i + 384]);
                x6 = f6.fma(low, x6);
                y6 = f6.fma(high, y6);
                FloatVector f7 = FloatVector.broadcast(Lanes.FLOATS, p[i + 448]);
                x7 = f7.fma(low, x7);
                y7 = f7.fma(high, y7);
                offset += vStride;
            }
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

    /// 4 rows, one panel, the lanes of one vector.
    static void rows4(
            float[] p,
            int pOffset,
            MemorySegment v,
            long vOffset,
            long vStride,
            long[] tiles,
            int[] counts,
            int tileCount,
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
        for (int tile = 0; tile < tileCount; tile++) {
            long offset = tiles[tile] + vOffset;
            int first = pOffset + tile * Lanes.TILE;
            for (int i = first; i < first + counts[tile]; i++) {
                IntVector pairs = IntVector.fromMemorySegment(Lanes.INTS, v, offset, ByteOrder.LITTLE_ENDIAN);
                FloatVector low = pairs.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
                FloatVector high = pairs.and(HIGH_HALF).reinterpretAsFloats();
                FloatVector f0 = FloatVector.broadcast(Lanes.FLOATS, p[i]);
                x0 = f0.fma(low, x0);
                y0 = f0.fma(high, y0);
                FloatVector f1 = FloatVector.broadcast(Lanes.FLOATS, p[i + 64]);
                x1 = f1.fma(low, x1);
                y1 = f1.fma(high, y1);
                FloatVector f2 = FloatVector.broadcast(Lanes.FLOATS, p[i + 128]);
                x2 = f2.fma(low, x2);
                y2 = f2.fma(high, y2);
                FloatVector f3 = FloatVector.broadcast(Lanes.FLOATS, p[i + 192]);
                x3 = f3.fma(low, x3);
                y3 = f3.fma(high, y3);
                offset += vStride;
            }
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

    /// 2 rows, one panel, the lanes of one vector.
    static void rows2(
            float[] p,
            int pOffset,
            MemorySegment v,
            long vOffset,
            long vStride,
            long[] tiles,
            int[] counts,
            int tileCount,
            float[] c,
            int cOffset,
            int ldc) {
        FloatVector x0 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset);
        FloatVector y0 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 16);
        FloatVector x1 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + ldc);
        FloatVector y1 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + ldc + 16);
        for (int tile = 0; tile < tileCount; tile++) {
            long offset = tiles[tile] + vOffset;
            int first = pOffset + tile * Lanes.TILE;
            for (int i = first; i < first + counts[tile]; i++) {
                IntVector pairs = IntVector.fromMemorySegment(Lanes.INTS, v, offset, ByteOrder.LITTLE_ENDIAN);
                FloatVector low = pairs.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
                FloatVector high = pairs.and(HIGH_HALF).reinterpretAsFloats();
                FloatVector f0 = FloatVector.broadcast(Lanes.FLOATS, p[i]);
                x0 = f0.fma(low, x0);
                y0 = f0.fma(high, y0);
                FloatVector f1 = FloatVector.broadcast(Lanes.FLOATS, p[i + 64]);
                x1 = f1.fma(low, x1);
                y1 = f1.fma(high, y1);
                offset += vStride;
            }
        }
        x0.intoArray(c, cOffset);
        y0.intoArray(c, cOffset + 16);
        x1.intoArray(c, cOffset + ldc);
        y1.intoArray(c, cOffset + ldc + 16);
    }

    /// 1 row, one panel, the lanes of one vector.
    static void rows1(
            float[] p,
            int pOffset,
            MemorySegment v,
            long vOffset,
            long vStride,
            long[] tiles,
            int[] counts,
            int tileCount,
            float[] c,
            int cOffset,
            int ldc) {
        FloatVector x0 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset);
        FloatVector y0 = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 16);
        for (int tile = 0; tile < tileCount; tile++) {
            long offset = tiles[tile] + vOffset;
            int first = pOffset + tile * Lanes.TILE;
            for (int i = first; i < first + counts[tile]; i++) {
                IntVector pairs = IntVector.fromMemorySegment(Lanes.INTS, v, offset, ByteOrder.LITTLE_ENDIAN);
                FloatVector low = pairs.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
                FloatVector high = pairs.and(HIGH_HALF).reinterpretAsFloats();
                FloatVector f0 = FloatVector.broadcast(Lanes.FLOATS, p[i]);
                x0 = f0.fma(low, x0);
                y0 = f0.fma(high, y0);
                offset += vStride;
            }
        }
        x0.intoArray(c, cOffset);
        y0.intoArray(c, cOffset + 16);
    }
}
