package dev.iterscope.engine.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/// [FastExp] lane by lane: the same operations in the same order, so the same bits.
///
/// From an array to an array, since the compiler may decline to inline this, and vectors that are handed from method to method are
/// objects then.
final class VectorExp {
    private VectorExp() {}

    /// `x[i] = e^x[i]` for `count` elements from `from` on, each at most 88; `count` is a multiple of the vector's lanes.
    static void inPlace(float[] values, int from, int count) {
        for (int i = from; i < from + count; i += Lanes.COUNT) {
            FloatVector x = FloatVector.fromArray(Lanes.FLOATS, values, i);
            VectorMask<Float> inRange = x.compare(VectorOperators.GE, FastExp.LOWEST);
            FloatVector shifted = x.fma(broadcast(FastExp.LOG2_E), broadcast(FastExp.ROUND));
            FloatVector n = shifted.sub(FastExp.ROUND);
            FloatVector r = n.fma(broadcast(-FastExp.LN2_HIGH), x);
            r = n.fma(broadcast(-FastExp.LN2_LOW), r);
            FloatVector p = broadcast(FastExp.C0).fma(r, broadcast(FastExp.C1));
            p = p.fma(r, broadcast(FastExp.C2));
            p = p.fma(r, broadcast(FastExp.C3));
            p = p.fma(r, broadcast(FastExp.C4));
            p = p.fma(r, broadcast(FastExp.C5));
            p = p.fma(r.mul(r), r).add(1f);
            IntVector exponent = shifted.reinterpretAsInts().sub(FastExp.ROUND_BITS - 127);
            FloatVector scale = exponent.lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
            FloatVector.zero(Lanes.FLOATS).blend(p.mul(scale), inRange).intoArray(values, i);
        }
    }

    private static FloatVector broadcast(float value) {
        return FloatVector.broadcast(Lanes.FLOATS, value);
    }
}
