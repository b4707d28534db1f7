package dev.iterscope.engine.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/// [FastExp] lane by lane: the same operations in the same order, so the same bits.
///
/// From an array to an array and without a method of its own for any part: the compiler may decline to inline a method, one process
/// more often than the next, and vectors that are handed from method to method are objects then, eight times slower.
final class VectorExp {
    private VectorExp() {}

    /// `x[i] = e^x[i]` for `count` elements from `from` on, each at most 88; `count` is a multiple of the vector's lanes.
    static void inPlace(float[] values, int from, int count) {
        for (int i = from; i < from + count; i += Lanes.COUNT) {
            FloatVector x = FloatVector.fromArray(Lanes.FLOATS, values, i);
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
            FloatVector.zero(Lanes.FLOATS).blend(p.mul(scale), inRange).intoArray(values, i);
        }
    }
}
