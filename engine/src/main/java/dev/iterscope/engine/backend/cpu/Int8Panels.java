package dev.iterscope.engine.backend.cpu;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// Products of one row with groups of INT8 panels, and what several rows need: a group's integers as a BF16 panel, which holds them
/// exactly, for the kernels of [Bf16Panels], and the scaling of what they sum.
///
/// Both ways a group's sum begins at zero and runs over the integers in ascending order, then `c = scale · sum + c` by one fused
/// multiply-add, so a row gets the same bits in either.
final class Int8Panels {
    private Int8Panels() {}

    /// The integers of a group as a BF16 panel, from byte `to` of `out` on. An odd last depth writes a row of zeros after it.
    static void expand(MemorySegment w, long wOffset, int depth, MemorySegment out, long to) {
        long from = wOffset;
        long target = to;
        for (int k = 0; k < depth; k += 2) {
            IntVector quads = IntVector.fromMemorySegment(Lanes.INTS, w, from, ByteOrder.LITTLE_ENDIAN);
            IntVector q0 = quads.lanewise(VectorOperators.LSHL, 24).lanewise(VectorOperators.ASHR, 24);
            IntVector q1 = quads.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 24);
            IntVector q2 = quads.lanewise(VectorOperators.LSHL, 8).lanewise(VectorOperators.ASHR, 24);
            IntVector q3 = quads.lanewise(VectorOperators.ASHR, 24);
            IntVector low0 = q0.convert(VectorOperators.I2F, 0).reinterpretAsInts();
            IntVector high0 = q1.convert(VectorOperators.I2F, 0).reinterpretAsInts();
            low0.lanewise(VectorOperators.LSHR, 16).or(high0).intoMemorySegment(out, target, ByteOrder.LITTLE_ENDIAN);
            IntVector low1 = q2.convert(VectorOperators.I2F, 0).reinterpretAsInts();
            IntVector high1 = q3.convert(VectorOperators.I2F, 0).reinterpretAsInts();
            low1.lanewise(VectorOperators.LSHR, 16).or(high1).intoMemorySegment(out, target + 64, ByteOrder.LITTLE_ENDIAN);
            from += PackedMatrix.PAIR_BYTES;
            target += 128;
        }
    }

    /// `c[r] += scale · sums[r]` for the lanes of one vector of both halves of a panel.
    static void addScaled(int rows, float[] sums, int from, int ldSums, MemorySegment w, long scales, float[] c, int cOffset, int ldc) {
        FloatVector low = FloatVector.fromMemorySegment(Lanes.FLOATS, w, scales, ByteOrder.LITTLE_ENDIAN);
        FloatVector high = FloatVector.fromMemorySegment(Lanes.FLOATS, w, scales + 64, ByteOrder.LITTLE_ENDIAN);
        for (int r = 0; r < rows; r++) {
            int s = from + r * ldSums;
            int t = cOffset + r * ldc;
            low.fma(FloatVector.fromArray(Lanes.FLOATS, sums, s), FloatVector.fromArray(Lanes.FLOATS, c, t)).intoArray(c, t);
            high.fma(FloatVector.fromArray(Lanes.FLOATS, sums, s + 16), FloatVector.fromArray(Lanes.FLOATS, c, t + 16))
                    .intoArray(c, t + 16);
        }
    }

    /// 1 row, 1 panel, one group of an even depth, the lanes of one vector. Not for several panels at once: the conversions of more than
    /// one are too many for the compiler to inline, and every vector would become an object.
    static void row1(
            float[] a, int aOffset, int aStride, MemorySegment w, long wOffset, int depth, float[] c, int cOffset) {
        FloatVector x = FloatVector.zero(Lanes.FLOATS);
        FloatVector y = FloatVector.zero(Lanes.FLOATS);
        long offset = wOffset + PackedMatrix.SCALE_BYTES;
        int i = aOffset;
        for (int k = 0; k < depth; k += 2) {
            FloatVector f0 = FloatVector.broadcast(Lanes.FLOATS, a[i]);
            FloatVector f1 = FloatVector.broadcast(Lanes.FLOATS, a[i + aStride]);
            IntVector quads = IntVector.fromMemorySegment(Lanes.INTS, w, offset, ByteOrder.LITTLE_ENDIAN);
            IntVector q0 = quads.lanewise(VectorOperators.LSHL, 24).lanewise(VectorOperators.ASHR, 24);
            IntVector q1 = quads.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 24);
            IntVector q2 = quads.lanewise(VectorOperators.LSHL, 8).lanewise(VectorOperators.ASHR, 24);
            IntVector q3 = quads.lanewise(VectorOperators.ASHR, 24);
            x = f0.fma((FloatVector) q0.convert(VectorOperators.I2F, 0), x);
            y = f0.fma((FloatVector) q1.convert(VectorOperators.I2F, 0), y);
            x = f1.fma((FloatVector) q2.convert(VectorOperators.I2F, 0), x);
            y = f1.fma((FloatVector) q3.convert(VectorOperators.I2F, 0), y);
            i += 2 * aStride;
            offset += PackedMatrix.PAIR_BYTES;
        }
        FloatVector.fromMemorySegment(Lanes.FLOATS, w, wOffset, ByteOrder.LITTLE_ENDIAN)
                .fma(x, FloatVector.fromArray(Lanes.FLOATS, c, cOffset))
                .intoArray(c, cOffset);
        FloatVector.fromMemorySegment(Lanes.FLOATS, w, wOffset + 64, ByteOrder.LITTLE_ENDIAN)
                .fma(y, FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 16))
                .intoArray(c, cOffset + 16);
    }
}
