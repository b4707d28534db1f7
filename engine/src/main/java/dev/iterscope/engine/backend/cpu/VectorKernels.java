package dev.iterscope.engine.backend.cpu;

import dev.iterscope.engine.model.ModelConfig.DataType;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/// The inner loops on the Vector API. Vectors narrower than 512 bits go over a panel several times, a part of its lanes each.
final class VectorKernels implements Kernels {

    @Override
    public String name() {
        return "vector-" + Lanes.COUNT * Float.SIZE;
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
        for (int lane = 0; lane < Lanes.TILE; lane += Lanes.COUNT) {
            int done = 0;
            while (done < rows) {
                int step = rowsAtOnce(rows - done, type);
                int ai = aOffset + done;
                int ci = cOffset + done * ldc + lane;
                long wi = wOffset + 4L * lane;
                if (type == DataType.BF16) {
                    switch (step) {
                        case 12 -> Bf16Panels.rows12(a, ai, aStride, w, wi, wStride, depth, c, ci, ldc);
                        case 8 -> Bf16Panels.rows8(a, ai, aStride, w, wi, wStride, depth, c, ci, ldc);
                        case 4 -> Bf16Panels.rows4(a, ai, aStride, w, wi, wStride, depth, c, ci, ldc);
                        case 2 -> Bf16Panels.rows2(a, ai, aStride, w, wi, wStride, depth, c, ci, ldc);
                        default -> Bf16Panels.rows1(a, ai, aStride, w, wi, wStride, depth, c, ci, ldc);
                    }
                } else if (step == 4) {
                    F32Panels.rows4(a, ai, aStride, w, wi, wStride, depth, c, ci, ldc);
                } else {
                    F32Panels.rows1(a, ai, aStride, w, wi, wStride, depth, c, ci, ldc);
                }
                done += step;
            }
        }
    }

    @Override
    public void scores(
            int rows, float[] q, int qOffset, int qStride, DataType type, MemorySegment keys, long keyOffset, int headDim, float[] s,
            int sOffset) {
        for (int lane = 0; lane < Lanes.TILE; lane += Lanes.COUNT) {
            int done = 0;
            while (done < rows) {
                int step = rowsAtOnce(rows - done, type);
                int qi = qOffset + done;
                int si = sOffset + done * Lanes.TILE + lane;
                long ki = keyOffset + 4L * lane;
                if (type == DataType.BF16) {
                    switch (step) {
                        case 12 -> Bf16Scores.rows12(q, qi, qStride, keys, ki, headDim, s, si);
                        case 8 -> Bf16Scores.rows8(q, qi, qStride, keys, ki, headDim, s, si);
                        case 4 -> Bf16Scores.rows4(q, qi, qStride, keys, ki, headDim, s, si);
                        case 2 -> Bf16Scores.rows2(q, qi, qStride, keys, ki, headDim, s, si);
                        default -> Bf16Scores.rows1(q, qi, qStride, keys, ki, headDim, s, si);
                    }
                } else if (step == 4) {
                    F32Scores.rows4(q, qi, qStride, keys, ki, headDim, s, si);
                } else {
                    F32Scores.rows1(q, qi, qStride, keys, ki, headDim, s, si);
                }
                done += step;
            }
        }
    }

    /// The largest register block that fits: 12 and 8 rows need the 32 registers of 512-bit vectors.
    private static int rowsAtOnce(int rows, DataType type) {
        if (type == DataType.BF16) {
            if (Lanes.WIDE && rows >= 12) {
                return 12;
            }
            if (Lanes.WIDE && rows >= 8) {
                return 8;
            }
            return rows >= 4 ? 4 : rows >= 2 ? 2 : 1;
        }
        return rows >= 4 ? 4 : 1;
    }

    @Override
    public void exp(float[] p, int offset, int count, float shift) {
        int i = 0;
        for (; i + Lanes.COUNT <= count; i += Lanes.COUNT) {
            exp(FloatVector.fromArray(Lanes.FLOATS, p, offset + i).sub(shift)).intoArray(p, offset + i);
        }
        for (; i < count; i++) {
            p[offset + i] = FastExp.exp(p[offset + i] - shift);
        }
    }

    /// [FastExp#exp], lane by lane.
    private static FloatVector exp(FloatVector x) {
        VectorMask<Float> inRange = x.compare(VectorOperators.GE, FastExp.LOWEST);
        FloatVector shifted =
                x.fma(FloatVector.broadcast(Lanes.FLOATS, FastExp.LOG2_E), FloatVector.broadcast(Lanes.FLOATS, FastExp.ROUND));
        FloatVector n = shifted.sub(FastExp.ROUND);
        FloatVector r = n.fma(FloatVector.broadcast(Lanes.FLOATS, -FastExp.LN2_HIGH), x);
        r = n.fma(FloatVector.broadcast(Lanes.FLOATS, -FastExp.LN2_LOW), r);
        FloatVector p = FloatVector.broadcast(Lanes.FLOATS, FastExp.C0).fma(r, FloatVector.broadcast(Lanes.FLOATS, FastExp.C1));
        p = p.fma(r, FloatVector.broadcast(Lanes.FLOATS, FastExp.C2));
        p = p.fma(r, FloatVector.broadcast(Lanes.FLOATS, FastExp.C3));
        p = p.fma(r, FloatVector.broadcast(Lanes.FLOATS, FastExp.C4));
        p = p.fma(r, FloatVector.broadcast(Lanes.FLOATS, FastExp.C5));
        p = p.fma(r.mul(r), r).add(1f);
        IntVector exponent = shifted.reinterpretAsInts().sub(FastExp.ROUND_BITS - 127);
        FloatVector scale = exponent.lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
        return FloatVector.zero(Lanes.FLOATS).blend(p.mul(scale), inRange);
    }
}
