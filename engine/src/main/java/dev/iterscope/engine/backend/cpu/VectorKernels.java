package dev.iterscope.engine.backend.cpu;

import dev.iterscope.engine.model.ModelConfig.DataType;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// The inner loops on the Vector API. Vectors narrower than 512 bits go over a panel several times, a part of its lanes each.
final class VectorKernels implements Kernels {
    private static final int TILES_AT_ONCE = 4;

    @Override
    public String name() {
        return "vector-" + Lanes.COUNT * Float.SIZE;
    }

    @Override
    public void panels(
            int rows,
            float[] a,
            int aOffset,
            int aStride,
            DataType type,
            MemorySegment w,
            long wOffset,
            long wStride,
            int panels,
            long panelBytes,
            int depth,
            float[] c,
            int cOffset,
            int ldc) {
        for (int lane = 0; lane < Lanes.TILE; lane += Lanes.COUNT) {
            for (int done = 0, step; done < rows; done += step) {
                step = panels % 2 == 0 ? panelRowsAtOnce(rows - done, type) : rowsAtOnce(rows - done, type);
                int ai = aOffset + done;
                int ci = cOffset + done * ldc + lane;
                for (int panel = 0, wide; panel < panels; panel += wide) {
                    wide = panelsAtOnce(step, panels - panel, type);
                    long wi = wOffset + panel * panelBytes + 4L * lane;
                    panels(step, wide, a, ai, aStride, type, w, wi, wStride, panelBytes, depth, c, ci + panel * PackedMatrix.PANEL, ldc);
                }
            }
        }
    }

    private static void panels(
            int rows,
            int panels,
            float[] a,
            int ai,
            int aStride,
            DataType type,
            MemorySegment w,
            long wi,
            long wStride,
            long panelBytes,
            int depth,
            float[] c,
            int ci,
            int ldc) {
        if (type != DataType.BF16) {
            if (rows == 4) {
                F32Panels.rows4(a, ai, aStride, w, wi, wStride, depth, c, ci, ldc);
            } else {
                F32Panels.rows1(a, ai, aStride, w, wi, wStride, depth, c, ci, ldc);
            }
            return;
        }
        switch (shape(rows, panels)) {
            case 12 << 4 | 1 -> Bf16Panels.rows12(a, ai, aStride, w, wi, wStride, depth, c, ci, ldc);
            case 8 << 4 | 1 -> Bf16Panels.rows8(a, ai, aStride, w, wi, wStride, depth, c, ci, ldc);
            case 6 << 4 | 2 -> Bf16WidePanels.rows6x2(a, ai, aStride, w, wi, wStride, panelBytes, depth, c, ci, ldc);
            case 4 << 4 | 2 -> Bf16WidePanels.rows4x2(a, ai, aStride, w, wi, wStride, panelBytes, depth, c, ci, ldc);
            case 4 << 4 | 1 -> Bf16Panels.rows4(a, ai, aStride, w, wi, wStride, depth, c, ci, ldc);
            case 2 << 4 | 4 -> Bf16WidePanels.rows2x4(a, ai, aStride, w, wi, wStride, panelBytes, depth, c, ci, ldc);
            case 2 << 4 | 2 -> Bf16WidePanels.rows2x2(a, ai, aStride, w, wi, wStride, panelBytes, depth, c, ci, ldc);
            case 2 << 4 | 1 -> Bf16Panels.rows2(a, ai, aStride, w, wi, wStride, depth, c, ci, ldc);
            case 1 << 4 | 4 -> Bf16WidePanels.rows1x4(a, ai, aStride, w, wi, wStride, panelBytes, depth, c, ci, ldc);
            default -> Bf16Panels.rows1(a, ai, aStride, w, wi, wStride, depth, c, ci, ldc);
        }
    }

    private static int shape(int rows, int panels) {
        return rows << 4 | panels;
    }

    /// Panels that few rows take together, while their sums fit into the registers: 16 of 32 with 512-bit vectors, else 8 of 16.
    private static int panelsAtOnce(int rows, int panels, DataType type) {
        if (rows == 6) {
            return 2; // only asked for where panels are even in number
        }
        if (type != DataType.BF16 || rows > 4) {
            return 1;
        }
        if (panels >= 4 && rows <= (Lanes.WIDE ? 2 : 1)) {
            return 4;
        }
        return panels >= 2 && (rows == 2 || (rows == 4 && Lanes.WIDE)) ? 2 : 1;
    }

    @Override
    public void expand(MemorySegment w, long wOffset, int depth, MemorySegment out, long to) {
        for (long lane = 0; lane < Lanes.TILE; lane += Lanes.COUNT) {
            Int8Panels.expand(w, wOffset + PackedMatrix.SCALE_BYTES + 4 * lane, depth, out, to + 4 * lane);
        }
    }

    @Override
    public void addScaled(int rows, float[] sums, int from, int ldSums, MemorySegment w, long wOffset, float[] c, int cOffset, int ldc) {
        for (int lane = 0; lane < Lanes.TILE; lane += Lanes.COUNT) {
            Int8Panels.addScaled(rows, sums, from + lane, ldSums, w, wOffset + 4L * lane, c, cOffset + lane, ldc);
        }
    }

    @Override
    public void int8Row(
            float[] a, int aOffset, int aStride, MemorySegment w, long wOffset, int panels, long panelBytes, int depth, float[] c,
            int cOffset) {
        for (int lane = 0; lane < Lanes.TILE; lane += Lanes.COUNT) {
            for (int panel = 0; panel < panels; panel++) {
                long at = wOffset + panel * panelBytes + 4L * lane;
                Int8Panels.row1(a, aOffset, aStride, w, at, depth, c, cOffset + panel * PackedMatrix.PANEL + lane);
            }
        }
    }

    @Override
    public void scores(
            int rows, float[] q, DataType type, MemorySegment keys, long[] tiles, int tileCount, int headDim, float[] s) {
        for (int lane = 0; lane < Lanes.TILE; lane += Lanes.COUNT) {
            for (int done = 0, step; done < rows; done += step) {
                step = rowsAtOnce(rows - done, type);
                int si = done * Lanes.SPAN + lane;
                if (type == DataType.BF16 && step <= 4 && tileCount == TILES_AT_ONCE) {
                    fourTiles(step, q, done, rows, keys, tiles, 4L * lane, headDim, s, si);
                } else {
                    int tile = 0;
                    if (Lanes.WIDE && type == DataType.BF16 && step >= 8) {
                        for (; tile + 2 <= tileCount; tile += 2) {
                            twoTiles(step, q, done, rows, keys, tiles[tile], tiles[tile + 1], headDim, s, si + tile * Lanes.TILE);
                        }
                    }
                    for (; tile < tileCount; tile++) {
                        oneTile(step, q, done, rows, type, keys, tiles[tile] + 4L * lane, headDim, s, si + tile * Lanes.TILE);
                    }
                }
            }
        }
    }

    private static void fourTiles(
            int rows, float[] q, int qi, int qStride, MemorySegment keys, long[] tiles, long lane, int headDim, float[] s, int si) {
        switch (rows) {
            case 4 -> Bf16SpanScores.rows4OfFour(q, qi, qStride, keys, tiles, lane, headDim, s, si);
            case 2 -> Bf16SpanScores.rows2OfFour(q, qi, qStride, keys, tiles, lane, headDim, s, si);
            default -> Bf16SpanScores.rows1OfFour(q, qi, qStride, keys, tiles, lane, headDim, s, si);
        }
    }

    private static void twoTiles(
            int rows, float[] q, int qi, int qStride, MemorySegment keys, long tile0, long tile1, int headDim, float[] s, int si) {
        if (rows == 12) {
            Bf16WideScores.rows12OfTwo(q, qi, qStride, keys, tile0, tile1, headDim, s, si);
        } else {
            Bf16WideScores.rows8OfTwo(q, qi, qStride, keys, tile0, tile1, headDim, s, si);
        }
    }

    private static void oneTile(
            int rows, float[] q, int qi, int qStride, DataType type, MemorySegment keys, long tile, int headDim, float[] s, int si) {
        if (type != DataType.BF16) {
            if (rows == 4) {
                F32Scores.rows4(q, qi, qStride, keys, tile, headDim, s, si);
            } else {
                F32Scores.rows1(q, qi, qStride, keys, tile, headDim, s, si);
            }
            return;
        }
        switch (rows) {
            case 12 -> Bf16Scores.rows12(q, qi, qStride, keys, tile, headDim, s, si);
            case 8 -> Bf16Scores.rows8(q, qi, qStride, keys, tile, headDim, s, si);
            case 4 -> Bf16Scores.rows4(q, qi, qStride, keys, tile, headDim, s, si);
            case 2 -> Bf16Scores.rows2(q, qi, qStride, keys, tile, headDim, s, si);
            default -> Bf16Scores.rows1(q, qi, qStride, keys, tile, headDim, s, si);
        }
    }

    @Override
    public void values(
            int rows, float[] p, DataType type, MemorySegment v, long vStride, long[] tiles, int[] counts, int tileCount, int dims,
            float[] c) {
        for (int lane = 0; lane < Lanes.TILE; lane += Lanes.COUNT) {
            for (int done = 0, step; done < rows; done += step) {
                step = type == DataType.BF16 ? rowsAtOnce(rows - done, type) : 1;
                int pi = done * Lanes.SPAN;
                for (int d = 0, wide; d < dims; d += wide * PackedMatrix.PANEL) {
                    int ci = done * dims + d + lane;
                    long vi = (long) d * type.bytes() + 4L * lane;
                    wide = valuePanelsAtOnce(step, (dims - d) / PackedMatrix.PANEL, type);
                    if (type != DataType.BF16) {
                        for (int tile = 0; tile < tileCount; tile++) {
                            F32Panels.rows1(p, pi + tile * Lanes.TILE, 1, v, tiles[tile] + vi, vStride, counts[tile], c, ci, dims);
                        }
                    } else {
                        values(step, wide, p, pi, v, vi, vStride, tiles, counts, tileCount, c, ci, dims);
                    }
                }
            }
        }
    }

    private static void values(
            int rows,
            int panels,
            float[] p,
            int pi,
            MemorySegment v,
            long vi,
            long vStride,
            long[] tiles,
            int[] counts,
            int tileCount,
            float[] c,
            int ci,
            int ldc) {
        switch (shape(rows, panels)) {
            case 12 << 4 | 1 -> Bf16Values.rows12(p, pi, v, vi, vStride, tiles, counts, tileCount, c, ci, ldc);
            case 8 << 4 | 1 -> Bf16Values.rows8(p, pi, v, vi, vStride, tiles, counts, tileCount, c, ci, ldc);
            case 4 << 4 | 2 -> Bf16WideValues.rows4x2(p, pi, v, vi, vStride, tiles, counts, tileCount, c, ci, ldc);
            case 4 << 4 | 1 -> Bf16Values.rows4(p, pi, v, vi, vStride, tiles, counts, tileCount, c, ci, ldc);
            case 2 << 4 | 4 -> Bf16WideValues.rows2x4(p, pi, v, vi, vStride, tiles, counts, tileCount, c, ci, ldc);
            case 2 << 4 | 2 -> Bf16WideValues.rows2x2(p, pi, v, vi, vStride, tiles, counts, tileCount, c, ci, ldc);
            case 2 << 4 | 1 -> Bf16Values.rows2(p, pi, v, vi, vStride, tiles, counts, tileCount, c, ci, ldc);
            case 1 << 4 | 4 -> Bf16WideValues.rows1x4(p, pi, v, vi, vStride, tiles, counts, tileCount, c, ci, ldc);
            case 1 << 4 | 2 -> Bf16WideValues.rows1x2(p, pi, v, vi, vStride, tiles, counts, tileCount, c, ci, ldc);
            default -> Bf16Values.rows1(p, pi, v, vi, vStride, tiles, counts, tileCount, c, ci, ldc);
        }
    }

    private static int valuePanelsAtOnce(int rows, int panels, DataType type) {
        return type == DataType.BF16 && rows == 1 && panels >= 2 && panels < 4 ? 2 : panelsAtOnce(rows, panels, type);
    }

    /// As [#rowsAtOnce], where there are pairs of panels: 6 rows of two fill the registers too.
    private static int panelRowsAtOnce(int rows, DataType type) {
        return Lanes.WIDE && type == DataType.BF16 && rows == 6 ? 6 : rowsAtOnce(rows, type);
    }

    /// The largest register block that fits: 12 and 8 rows need the 32 registers of 512-bit vectors.
    private static int rowsAtOnce(int rows, DataType type) {
        if (type != DataType.BF16) {
            return rows >= 4 ? 4 : 1;
        }
        if (Lanes.WIDE && rows >= 8) {
            return rows >= 12 ? 12 : 8;
        }
        return rows >= 4 ? 4 : rows >= 2 ? 2 : 1;
    }

    /// Order does not matter to a maximum, so lanes may be reduced at once.
    @Override
    public float max(float[] x, int from, int count, float start) {
        FloatVector best = FloatVector.broadcast(Lanes.FLOATS, start);
        int i = 0;
        for (; i + Lanes.COUNT <= count; i += Lanes.COUNT) {
            best = best.max(FloatVector.fromArray(Lanes.FLOATS, x, from + i));
        }
        float max = best.reduceLanes(VectorOperators.MAX);
        for (; i < count; i++) {
            max = Math.max(max, x[from + i]);
        }
        return max;
    }

    @Override
    public void weigh(float[] p, int from, int count, int span, float shift, float[] sums, int sumsFrom) {
        for (int i = count; i < span; i++) {
            p[from + i] = Float.NEGATIVE_INFINITY; // whose exponential is 0
        }
        for (int i = from; i < from + span; i += Lanes.COUNT) {
            FloatVector.fromArray(Lanes.FLOATS, p, i).sub(shift).intoArray(p, i);
        }
        VectorExp.inPlace(p, from, span);
        for (int lane = 0; lane < Lanes.TILE; lane += Lanes.COUNT) {
            FloatVector sum = FloatVector.fromArray(Lanes.FLOATS, sums, sumsFrom + lane);
            for (int i = from + lane; i < from + span; i += Lanes.TILE) {
                sum = sum.add(FloatVector.fromArray(Lanes.FLOATS, p, i));
            }
            sum.intoArray(sums, sumsFrom + lane);
        }
    }

    @Override
    public void squares(float[] x, int from, int count, float[] lanes) {
        for (int lane = 0; lane < Lanes.TILE; lane += Lanes.COUNT) {
            FloatVector sum = FloatVector.zero(Lanes.FLOATS);
            int i = lane;
            for (; i + Lanes.COUNT <= count; i += Lanes.TILE) {
                FloatVector values = FloatVector.fromArray(Lanes.FLOATS, x, from + i);
                sum = values.fma(values, sum);
            }
            sum.intoArray(lanes, lane);
            for (int l = 0; i + l < count && l < Lanes.COUNT; l++) {
                lanes[lane + l] = Math.fma(x[from + i + l], x[from + i + l], lanes[lane + l]);
            }
        }
    }

    @Override
    public void scale(float[] x, int from, int count, float factor) {
        int i = 0;
        for (; i + Lanes.COUNT <= count; i += Lanes.COUNT) {
            FloatVector.fromArray(Lanes.FLOATS, x, from + i).mul(factor).intoArray(x, from + i);
        }
        for (; i < count; i++) {
            x[from + i] *= factor;
        }
    }

    @Override
    public void scaleBy(float[] x, int from, int count, float scale, float[] weight) {
        int i = 0;
        for (; i + Lanes.COUNT <= count; i += Lanes.COUNT) {
            FloatVector scaled = FloatVector.fromArray(Lanes.FLOATS, x, from + i).mul(scale);
            scaled.mul(FloatVector.fromArray(Lanes.FLOATS, weight, i)).intoArray(x, from + i);
        }
        for (; i < count; i++) {
            x[from + i] = x[from + i] * scale * weight[i];
        }
    }

    @Override
    public void rotate(float[] x, int from, int half, float[] cosines, float[] sines, int table) {
        int d = 0;
        for (; d + Lanes.COUNT <= half; d += Lanes.COUNT) {
            FloatVector cos = FloatVector.fromArray(Lanes.FLOATS, cosines, table + d);
            FloatVector sin = FloatVector.fromArray(Lanes.FLOATS, sines, table + d);
            FloatVector a = FloatVector.fromArray(Lanes.FLOATS, x, from + d);
            FloatVector b = FloatVector.fromArray(Lanes.FLOATS, x, from + half + d);
            a.mul(cos).sub(b.mul(sin)).intoArray(x, from + d);
            b.mul(cos).add(a.mul(sin)).intoArray(x, from + half + d);
        }
        for (; d < half; d++) {
            float a = x[from + d];
            float b = x[from + half + d];
            x[from + d] = a * cosines[table + d] - b * sines[table + d];
            x[from + half + d] = b * cosines[table + d] + a * sines[table + d];
        }
    }

    @Override
    public void swiGlu(float[] x, int gate, int up, int count, float[] out, int outFrom) {
        int whole = count / Lanes.COUNT * Lanes.COUNT;
        for (int i = 0; i < whole; i += Lanes.COUNT) {
            FloatVector.fromArray(Lanes.FLOATS, x, gate + i).neg().min(FastExp.HIGHEST).intoArray(out, outFrom + i);
        }
        VectorExp.inPlace(out, outFrom, whole);
        for (int i = 0; i < whole; i += Lanes.COUNT) {
            FloatVector e = FloatVector.fromArray(Lanes.FLOATS, out, outFrom + i);
            FloatVector silu = FloatVector.fromArray(Lanes.FLOATS, x, gate + i).div(e.add(1f));
            silu.mul(FloatVector.fromArray(Lanes.FLOATS, x, up + i)).intoArray(out, outFrom + i);
        }
        for (int i = whole; i < count; i++) {
            float g = x[gate + i];
            out[outFrom + i] = g / (1f + FastExp.exp(Math.min(-g, FastExp.HIGHEST))) * x[up + i];
        }
    }
}
