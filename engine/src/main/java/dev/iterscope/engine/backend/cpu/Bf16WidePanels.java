package dev.iterscope.engine.backend.cpu;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// Like [Bf16Panels], for few rows and several panels of weights at once. Few rows ask for more memory than arithmetic: several streams
/// keep more cache lines under way, and there are sums enough for none to wait for the one before it.
final class Bf16WidePanels {
    private static final int HIGH_HALF = 0xFFFF0000;

    private Bf16WidePanels() {}

    /// 6 rows, 2 panels, the lanes of one vector: the sums that 32 registers hold, over two streams.
    static void rows6x2(
            float[] a,
            int aOffset,
            int aStride,
            MemorySegment w,
            long wOffset,
            long wStride,
            long panelBytes,
            int depth,
            float[] c,
            int cOffset,
            int ldc) {
        FloatVector x0a = FloatVector.fromArray(Lanes.FLOATS, c, cOffset);
        FloatVector y0a = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 16);
        FloatVector x0b = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 32);
        FloatVector y0b = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 48);
        FloatVector x1a = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + ldc);
        FloatVector y1a = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + ldc + 16);
        FloatVector x1b = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + ldc + 32);
        FloatVector y1b = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + ldc + 48);
        FloatVector x2a = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 2 * ldc);
        FloatVector y2a = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 2 * ldc + 16);
        FloatVector x2b = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 2 * ldc + 32);
        FloatVector y2b = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 2 * ldc + 48);
        FloatVector x3a = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 3 * ldc);
        FloatVector y3a = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 3 * ldc + 16);
        FloatVector x3b = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 3 * ldc + 32);
        FloatVector y3b = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 3 * ldc + 48);
        FloatVector x4a = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 4 * ldc);
        FloatVector y4a = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 4 * ldc + 16);
        FloatVector x4b = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 4 * ldc + 32);
        FloatVector y4b = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 4 * ldc + 48);
        FloatVector x5a = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 5 * ldc);
        FloatVector y5a = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 5 * ldc + 16);
        FloatVector x5b = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 5 * ldc + 32);
        FloatVector y5b = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 5 * ldc + 48);
        long offset = wOffset;
        int i = aOffset;
        for (int k = 0; k < depth; k++) {
            IntVector pairsA = IntVector.fromMemorySegment(Lanes.INTS, w, offset, ByteOrder.LITTLE_ENDIAN);
            FloatVector lowA = pairsA.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            FloatVector highA = pairsA.and(HIGH_HALF).reinterpretAsFloats();
            IntVector pairsB = IntVector.fromMemorySegment(Lanes.INTS, w, offset + panelBytes, ByteOrder.LITTLE_ENDIAN);
            FloatVector lowB = pairsB.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            FloatVector highB = pairsB.and(HIGH_HALF).reinterpretAsFloats();
            FloatVector f0 = FloatVector.broadcast(Lanes.FLOATS, a[i]);
            x0a = f0.fma(lowA, x0a);
            y0a = f0.fma(highA, y0a);
            x0b = f0.fma(lowB, x0b);
            y0b = f0.fma(highB, y0b);
            FloatVector f1 = FloatVector.broadcast(Lanes.FLOATS, a[i + 1]);
            x1a = f1.fma(lowA, x1a);
            y1a = f1.fma(highA, y1a);
            x1b = f1.fma(lowB, x1b);
            y1b = f1.fma(highB, y1b);
            FloatVector f2 = FloatVector.broadcast(Lanes.FLOATS, a[i + 2]);
            x2a = f2.fma(lowA, x2a);
            y2a = f2.fma(highA, y2a);
            x2b = f2.fma(lowB, x2b);
            y2b = f2.fma(highB, y2b);
            FloatVector f3 = FloatVector.broadcast(Lanes.FLOATS, a[i + 3]);
            x3a = f3.fma(lowA, x3a);
            y3a = f3.fma(highA, y3a);
            x3b = f3.fma(lowB, x3b);
            y3b = f3.fma(highB, y3b);
            FloatVector f4 = FloatVector.broadcast(Lanes.FLOATS, a[i + 4]);
            x4a = f4.fma(lowA, x4a);
            y4a = f4.fma(highA, y4a);
            x4b = f4.fma(lowB, x4b);
            y4b = f4.fma(highB, y4b);
            FloatVector f5 = FloatVector.broadcast(Lanes.FLOATS, a[i + 5]);
            x5a = f5.fma(lowA, x5a);
            y5a = f5.fma(highA, y5a);
            x5b = f5.fma(lowB, x5b);
            y5b = f5.fma(highB, y5b);
            i += aStride;
            offset += wStride;
        }
        x0a.intoArray(c, cOffset);
        y0a.intoArray(c, cOffset + 16);
        x0b.intoArray(c, cOffset + 32);
        y0b.intoArray(c, cOffset + 48);
        x1a.intoArray(c, cOffset + ldc);
        y1a.intoArray(c, cOffset + ldc + 16);
        x1b.intoArray(c, cOffset + ldc + 32);
        y1b.intoArray(c, cOffset + ldc + 48);
        x2a.intoArray(c, cOffset + 2 * ldc);
        y2a.intoArray(c, cOffset + 2 * ldc + 16);
        x2b.intoArray(c, cOffset + 2 * ldc + 32);
        y2b.intoArray(c, cOffset + 2 * ldc + 48);
        x3a.intoArray(c, cOffset + 3 * ldc);
        y3a.intoArray(c, cOffset + 3 * ldc + 16);
        x3b.intoArray(c, cOffset + 3 * ldc + 32);
        y3b.intoArray(c, cOffset + 3 * ldc + 48);
        x4a.intoArray(c, cOffset + 4 * ldc);
        y4a.intoArray(c, cOffset + 4 * ldc + 16);
        x4b.intoArray(c, cOffset + 4 * ldc + 32);
        y4b.intoArray(c, cOffset + 4 * ldc + 48);
        x5a.intoArray(c, cOffset + 5 * ldc);
        y5a.intoArray(c, cOffset + 5 * ldc + 16);
        x5b.intoArray(c, cOffset + 5 * ldc + 32);
        y5b.intoArray(c, cOffset + 5 * ldc + 48);
    }

    /// 4 rows, 2 panels, the lanes of one vector.
    static void rows4x2(
            float[] a,
            int aOffset,
            int aStride,
            MemorySegment w,
            long wOffset,
            long wStride,
            long panelBytes,
            int depth,
            float[] c,
            int cOffset,
            int ldc) {
        FloatVector x0a = FloatVector.fromArray(Lanes.FLOATS, c, cOffset);
        FloatVector y0a = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 16);
        FloatVector x0b = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 32);
        FloatVector y0b = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 48);
        FloatVector x1a = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + ldc);
        FloatVector y1a = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + ldc + 16);
        FloatVector x1b = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + ldc + 32);
        FloatVector y1b = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + ldc + 48);
        FloatVector x2a = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 2 * ldc);
        FloatVector y2a = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 2 * ldc + 16);
        FloatVector x2b = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 2 * ldc + 32);
        FloatVector y2b = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 2 * ldc + 48);
        FloatVector x3a = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 3 * ldc);
        FloatVector y3a = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 3 * ldc + 16);
        FloatVector x3b = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 3 * ldc + 32);
        FloatVector y3b = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 3 * ldc + 48);
        long offset = wOffset;
        int i = aOffset;
        for (int k = 0; k < depth; k++) {
            IntVector pairsA = IntVector.fromMemorySegment(Lanes.INTS, w, offset, ByteOrder.LITTLE_ENDIAN);
            FloatVector lowA = pairsA.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            FloatVector highA = pairsA.and(HIGH_HALF).reinterpretAsFloats();
            IntVector pairsB = IntVector.fromMemorySegment(Lanes.INTS, w, offset + panelBytes, ByteOrder.LITTLE_ENDIAN);
            FloatVector lowB = pairsB.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            FloatVector highB = pairsB.and(HIGH_HALF).reinterpretAsFloats();
            FloatVector f0 = FloatVector.broadcast(Lanes.FLOATS, a[i]);
            x0a = f0.fma(lowA, x0a);
            y0a = f0.fma(highA, y0a);
            x0b = f0.fma(lowB, x0b);
            y0b = f0.fma(highB, y0b);
            FloatVector f1 = FloatVector.broadcast(Lanes.FLOATS, a[i + 1]);
            x1a = f1.fma(lowA, x1a);
            y1a = f1.fma(highA, y1a);
            x1b = f1.fma(lowB, x1b);
            y1b = f1.fma(highB, y1b);
            FloatVector f2 = FloatVector.broadcast(Lanes.FLOATS, a[i + 2]);
            x2a = f2.fma(lowA, x2a);
            y2a = f2.fma(highA, y2a);
            x2b = f2.fma(lowB, x2b);
            y2b = f2.fma(highB, y2b);
            FloatVector f3 = FloatVector.broadcast(Lanes.FLOATS, a[i + 3]);
            x3a = f3.fma(lowA, x3a);
            y3a = f3.fma(highA, y3a);
            x3b = f3.fma(lowB, x3b);
            y3b = f3.fma(highB, y3b);
            i += aStride;
            offset += wStride;
        }
        x0a.intoArray(c, cOffset);
        y0a.intoArray(c, cOffset + 16);
        x0b.intoArray(c, cOffset + 32);
        y0b.intoArray(c, cOffset + 48);
        x1a.intoArray(c, cOffset + ldc);
        y1a.intoArray(c, cOffset + ldc + 16);
        x1b.intoArray(c, cOffset + ldc + 32);
        y1b.intoArray(c, cOffset + ldc + 48);
        x2a.intoArray(c, cOffset + 2 * ldc);
        y2a.intoArray(c, cOffset + 2 * ldc + 16);
        x2b.intoArray(c, cOffset + 2 * ldc + 32);
        y2b.intoArray(c, cOffset + 2 * ldc + 48);
        x3a.intoArray(c, cOffset + 3 * ldc);
        y3a.intoArray(c, cOffset + 3 * ldc + 16);
        x3b.intoArray(c, cOffset + 3 * ldc + 32);
        y3b.intoArray(c, cOffset + 3 * ldc + 48);
    }

    /// 2 rows, 4 panels, the lanes of one vector.
    static void rows2x4(
            float[] a,
            int aOffset,
            int aStride,
            MemorySegment w,
            long wOffset,
            long wStride,
            long panelBytes,
            int depth,
            float[] c,
            int cOffset,
            int ldc) {
        FloatVector x0a = FloatVector.fromArray(Lanes.FLOATS, c, cOffset);
        FloatVector y0a = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 16);
        FloatVector x0b = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 32);
        FloatVector y0b = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 48);
        FloatVector x0c = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 64);
        FloatVector y0c = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 80);
        FloatVector x0d = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 96);
        FloatVector y0d = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 112);
        FloatVector x1a = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + ldc);
        FloatVector y1a = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + ldc + 16);
        FloatVector x1b = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + ldc + 32);
        FloatVector y1b = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + ldc + 48);
        FloatVector x1c = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + ldc + 64);
        FloatVector y1c = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + ldc + 80);
        FloatVector x1d = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + ldc + 96);
        FloatVector y1d = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + ldc + 112);
        long offset = wOffset;
        int i = aOffset;
        for (int k = 0; k < depth; k++) {
            IntVector pairsA = IntVector.fromMemorySegment(Lanes.INTS, w, offset, ByteOrder.LITTLE_ENDIAN);
            FloatVector lowA = pairsA.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            FloatVector highA = pairsA.and(HIGH_HALF).reinterpretAsFloats();
            IntVector pairsB = IntVector.fromMemorySegment(Lanes.INTS, w, offset + panelBytes, ByteOrder.LITTLE_ENDIAN);
            FloatVector lowB = pairsB.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            FloatVector highB = pairsB.and(HIGH_HALF).reinterpretAsFloats();
            IntVector pairsC = IntVector.fromMemorySegment(Lanes.INTS, w, offset + 2 * panelBytes, ByteOrder.LITTLE_ENDIAN);
            FloatVector lowC = pairsC.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            FloatVector highC = pairsC.and(HIGH_HALF).reinterpretAsFloats();
            IntVector pairsD = IntVector.fromMemorySegment(Lanes.INTS, w, offset + 3 * panelBytes, ByteOrder.LITTLE_ENDIAN);
            FloatVector lowD = pairsD.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            FloatVector highD = pairsD.and(HIGH_HALF).reinterpretAsFloats();
            FloatVector f0 = FloatVector.broadcast(Lanes.FLOATS, a[i]);
            x0a = f0.fma(lowA, x0a);
            y0a = f0.fma(highA, y0a);
            x0b = f0.fma(lowB, x0b);
            y0b = f0.fma(highB, y0b);
            x0c = f0.fma(lowC, x0c);
            y0c = f0.fma(highC, y0c);
            x0d = f0.fma(lowD, x0d);
            y0d = f0.fma(highD, y0d);
            FloatVector f1 = FloatVector.broadcast(Lanes.FLOATS, a[i + 1]);
            x1a = f1.fma(lowA, x1a);
            y1a = f1.fma(highA, y1a);
            x1b = f1.fma(lowB, x1b);
            y1b = f1.fma(highB, y1b);
            x1c = f1.fma(lowC, x1c);
            y1c = f1.fma(highC, y1c);
            x1d = f1.fma(lowD, x1d);
            y1d = f1.fma(highD, y1d);
            i += aStride;
            offset += wStride;
        }
        x0a.intoArray(c, cOffset);
        y0a.intoArray(c, cOffset + 16);
        x0b.intoArray(c, cOffset + 32);
        y0b.intoArray(c, cOffset + 48);
        x0c.intoArray(c, cOffset + 64);
        y0c.intoArray(c, cOffset + 80);
        x0d.intoArray(c, cOffset + 96);
        y0d.intoArray(c, cOffset + 112);
        x1a.intoArray(c, cOffset + ldc);
        y1a.intoArray(c, cOffset + ldc + 16);
        x1b.intoArray(c, cOffset + ldc + 32);
        y1b.intoArray(c, cOffset + ldc + 48);
        x1c.intoArray(c, cOffset + ldc + 64);
        y1c.intoArray(c, cOffset + ldc + 80);
        x1d.intoArray(c, cOffset + ldc + 96);
        y1d.intoArray(c, cOffset + ldc + 112);
    }

    /// 2 rows, 2 panels, the lanes of one vector.
    static void rows2x2(
            float[] a,
            int aOffset,
            int aStride,
            MemorySegment w,
            long wOffset,
            long wStride,
            long panelBytes,
            int depth,
            float[] c,
            int cOffset,
            int ldc) {
        FloatVector x0a = FloatVector.fromArray(Lanes.FLOATS, c, cOffset);
        FloatVector y0a = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 16);
        FloatVector x0b = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 32);
        FloatVector y0b = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 48);
        FloatVector x1a = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + ldc);
        FloatVector y1a = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + ldc + 16);
        FloatVector x1b = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + ldc + 32);
        FloatVector y1b = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + ldc + 48);
        long offset = wOffset;
        int i = aOffset;
        for (int k = 0; k < depth; k++) {
            IntVector pairsA = IntVector.fromMemorySegment(Lanes.INTS, w, offset, ByteOrder.LITTLE_ENDIAN);
            FloatVector lowA = pairsA.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            FloatVector highA = pairsA.and(HIGH_HALF).reinterpretAsFloats();
            IntVector pairsB = IntVector.fromMemorySegment(Lanes.INTS, w, offset + panelBytes, ByteOrder.LITTLE_ENDIAN);
            FloatVector lowB = pairsB.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            FloatVector highB = pairsB.and(HIGH_HALF).reinterpretAsFloats();
            FloatVector f0 = FloatVector.broadcast(Lanes.FLOATS, a[i]);
            x0a = f0.fma(lowA, x0a);
            y0a = f0.fma(highA, y0a);
            x0b = f0.fma(lowB, x0b);
            y0b = f0.fma(highB, y0b);
            FloatVector f1 = FloatVector.broadcast(Lanes.FLOATS, a[i + 1]);
            x1a = f1.fma(lowA, x1a);
            y1a = f1.fma(highA, y1a);
            x1b = f1.fma(lowB, x1b);
            y1b = f1.fma(highB, y1b);
            i += aStride;
            offset += wStride;
        }
        x0a.intoArray(c, cOffset);
        y0a.intoArray(c, cOffset + 16);
        x0b.intoArray(c, cOffset + 32);
        y0b.intoArray(c, cOffset + 48);
        x1a.intoArray(c, cOffset + ldc);
        y1a.intoArray(c, cOffset + ldc + 16);
        x1b.intoArray(c, cOffset + ldc + 32);
        y1b.intoArray(c, cOffset + ldc + 48);
    }

    /// 1 row, 4 panels, the lanes of one vector.
    static void rows1x4(
            float[] a,
            int aOffset,
            int aStride,
            MemorySegment w,
            long wOffset,
            long wStride,
            long panelBytes,
            int depth,
            float[] c,
            int cOffset,
            int ldc) {
        FloatVector x0a = FloatVector.fromArray(Lanes.FLOATS, c, cOffset);
        FloatVector y0a = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 16);
        FloatVector x0b = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 32);
        FloatVector y0b = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 48);
        FloatVector x0c = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 64);
        FloatVector y0c = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 80);
        FloatVector x0d = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 96);
        FloatVector y0d = FloatVector.fromArray(Lanes.FLOATS, c, cOffset + 112);
        long offset = wOffset;
        int i = aOffset;
        for (int k = 0; k < depth; k++) {
            IntVector pairsA = IntVector.fromMemorySegment(Lanes.INTS, w, offset, ByteOrder.LITTLE_ENDIAN);
            FloatVector lowA = pairsA.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            FloatVector highA = pairsA.and(HIGH_HALF).reinterpretAsFloats();
            IntVector pairsB = IntVector.fromMemorySegment(Lanes.INTS, w, offset + panelBytes, ByteOrder.LITTLE_ENDIAN);
            FloatVector lowB = pairsB.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            FloatVector highB = pairsB.and(HIGH_HALF).reinterpretAsFloats();
            IntVector pairsC = IntVector.fromMemorySegment(Lanes.INTS, w, offset + 2 * panelBytes, ByteOrder.LITTLE_ENDIAN);
            FloatVector lowC = pairsC.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            FloatVector highC = pairsC.and(HIGH_HALF).reinterpretAsFloats();
            IntVector pairsD = IntVector.fromMemorySegment(Lanes.INTS, w, offset + 3 * panelBytes, ByteOrder.LITTLE_ENDIAN);
            FloatVector lowD = pairsD.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            FloatVector highD = pairsD.and(HIGH_HALF).reinterpretAsFloats();
            FloatVector f0 = FloatVector.broadcast(Lanes.FLOATS, a[i]);
            x0a = f0.fma(lowA, x0a);
            y0a = f0.fma(highA, y0a);
            x0b = f0.fma(lowB, x0b);
            y0b = f0.fma(highB, y0b);
            x0c = f0.fma(lowC, x0c);
            y0c = f0.fma(highC, y0c);
            x0d = f0.fma(lowD, x0d);
            y0d = f0.fma(highD, y0d);
            i += aStride;
            offset += wStride;
        }
        x0a.intoArray(c, cOffset);
        y0a.intoArray(c, cOffset + 16);
        x0b.intoArray(c, cOffset + 32);
        y0b.intoArray(c, cOffset + 48);
        x0c.intoArray(c, cOffset + 64);
        y0c.intoArray(c, cOffset + 80);
        x0d.intoArray(c, cOffset + 96);
        y0d.intoArray(c, cOffset + 112);
    }
}
