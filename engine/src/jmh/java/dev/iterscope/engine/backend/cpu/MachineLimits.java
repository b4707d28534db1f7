package dev.iterscope.engine.backend.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// What this machine can do at most with the threads of a pool: bytes read from memory and multiply-adds of single precision, per
/// second. The measure of the kernels, taken right before and after each of them, since others may use the machine too.
final class MachineLimits implements AutoCloseable {
    private static final long BYTES = 1L << 30;
    private static final int CHUNK = 4 << 20;
    private static final int READS = 3;
    private static final int MULTIPLY_ADDS = 12;
    private static final int ROUNDS = 2_000_000;

    private final NativeMemory memory = new NativeMemory();
    private final WorkerPool pool;
    private final MemorySegment data;
    private final float[] sinks;

    MachineLimits(WorkerPool pool) {
        this.pool = pool;
        data = memory.allocate(BYTES);
        // Pages must be there, and different ones: a zero page that is read over and over stays in the cache.
        for (long at = 0; at < BYTES; at += Long.BYTES) {
            data.set(ValueLayout.JAVA_LONG, at, at);
        }
        sinks = new float[pool.threads()];
    }

    /// Bytes per second that all threads together read from memory: the median of three passes over 1 GiB.
    double readBandwidth() {
        double[] passes = new double[READS];
        for (int pass = 0; pass < READS; pass++) {
            long start = System.nanoTime();
            pool.run((item, worker) -> sinks[worker] += sum((long) item * CHUNK), (int) (BYTES / CHUNK));
            passes[pass] = BYTES / seconds(start);
        }
        Arrays.sort(passes);
        return passes[READS / 2];
    }

    /// Floating-point operations per second of all threads together, two a multiply-add, with nothing but registers.
    double fmaPeak() {
        int lanes = Lanes.COUNT;
        long start = System.nanoTime();
        pool.run((item, worker) -> sinks[worker] += multiplyAdd(), 2 * pool.threads());
        return 2.0 * 2 * pool.threads() * MULTIPLY_ADDS * (double) ROUNDS * lanes / seconds(start);
    }

    /// So that no result is thrown away.
    float sink() {
        float sum = 0;
        for (float value : sinks) {
            sum += value;
        }
        return sum;
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) * 1e-9;
    }

    private float sum(long from) {
        FloatVector a = FloatVector.zero(Lanes.FLOATS);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        int step = 4 * Lanes.COUNT;
        for (long at = from; at < from + CHUNK; at += 4L * step) {
            a = a.add(FloatVector.fromMemorySegment(Lanes.FLOATS, data, at, ByteOrder.LITTLE_ENDIAN));
            b = b.add(FloatVector.fromMemorySegment(Lanes.FLOATS, data, at + step, ByteOrder.LITTLE_ENDIAN));
            c = c.add(FloatVector.fromMemorySegment(Lanes.FLOATS, data, at + 2L * step, ByteOrder.LITTLE_ENDIAN));
            d = d.add(FloatVector.fromMemorySegment(Lanes.FLOATS, data, at + 3L * step, ByteOrder.LITTLE_ENDIAN));
        }
        return a.add(b).add(c.add(d)).reduceLanes(VectorOperators.ADD);
    }

    private static float multiplyAdd() {
        FloatVector x = FloatVector.broadcast(Lanes.FLOATS, 0.999f);
        FloatVector y = FloatVector.broadcast(Lanes.FLOATS, 0.001f);
        FloatVector a = y;
        FloatVector b = y;
        FloatVector c = y;
        FloatVector d = y;
        FloatVector e = y;
        FloatVector f = y;
        FloatVector g = y;
        FloatVector h = y;
        FloatVector i = y;
        FloatVector j = y;
        FloatVector k = y;
        FloatVector l = y;
        for (int round = 0; round < ROUNDS; round++) {
            a = a.fma(x, y);
            b = b.fma(x, y);
            c = c.fma(x, y);
            d = d.fma(x, y);
            e = e.fma(x, y);
            f = f.fma(x, y);
            g = g.fma(x, y);
            h = h.fma(x, y);
            i = i.fma(x, y);
            j = j.fma(x, y);
            k = k.fma(x, y);
            l = l.fma(x, y);
        }
        FloatVector all = a.add(b).add(c.add(d)).add(e.add(f).add(g.add(h))).add(i.add(j).add(k.add(l)));
        return all.reduceLanes(VectorOperators.ADD);
    }

    @Override
    public void close() {
        memory.close();
    }
}
