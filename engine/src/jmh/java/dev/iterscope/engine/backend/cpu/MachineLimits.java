package dev.iterscope.engine.backend.cpu;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.List;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// What this machine can do at most with the threads of a pool: bytes read from memory and multiply-adds of single precision, per
/// second. The measure of the kernels, taken right before and after each of them, since others may use the machine too.
///
/// Reads go over the very memory that the kernels read. On a virtual machine other memory of the same process may lie further away or
/// nearer, and be read at two thirds of the speed or at one and a half times.
final class MachineLimits {
    private static final int STREAMS = 4;
    private static final int STREAM = 64 << 10;
    private static final int CHUNK = STREAMS * STREAM;
    private static final int READS = 3;
    private static final int MULTIPLY_ADDS = 12;
    private static final int ROUNDS = 2_000_000;

    private final WorkerPool pool;
    private final List<MemorySegment> data;
    private final float[] sinks;

    /// @param data memory that is read, much larger than the caches
    MachineLimits(WorkerPool pool, List<MemorySegment> data) {
        this.pool = pool;
        this.data = data;
        sinks = new float[pool.threads()];
    }

    /// Bytes per second that all threads together read from memory, in four streams a thread: the best of three passes.
    double readBandwidth() {
        double best = 0;
        for (int pass = 0; pass < READS; pass++) {
            long start = System.nanoTime();
            long bytes = 0;
            for (MemorySegment segment : data) {
                int chunks = (int) (segment.byteSize() / CHUNK);
                pool.run((item, worker) -> sinks[worker] += sum(segment, (long) item * CHUNK), chunks);
                bytes += (long) chunks * CHUNK;
            }
            best = Math.max(best, bytes / seconds(start));
        }
        return best;
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

    private static float sum(MemorySegment data, long from) {
        FloatVector a = FloatVector.zero(Lanes.FLOATS);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        int step = Float.BYTES * Lanes.COUNT;
        for (long at = from; at < from + STREAM; at += step) {
            a = a.add(FloatVector.fromMemorySegment(Lanes.FLOATS, data, at, ByteOrder.LITTLE_ENDIAN));
            b = b.add(FloatVector.fromMemorySegment(Lanes.FLOATS, data, at + STREAM, ByteOrder.LITTLE_ENDIAN));
            c = c.add(FloatVector.fromMemorySegment(Lanes.FLOATS, data, at + 2 * STREAM, ByteOrder.LITTLE_ENDIAN));
            d = d.add(FloatVector.fromMemorySegment(Lanes.FLOATS, data, at + 3 * STREAM, ByteOrder.LITTLE_ENDIAN));
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
}
