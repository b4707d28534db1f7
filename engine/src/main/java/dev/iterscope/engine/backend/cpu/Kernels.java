package dev.iterscope.engine.backend.cpu;

import dev.iterscope.engine.model.ModelConfig.DataType;
import java.lang.foreign.MemorySegment;

/// The inner loops, on vectors or scalar. Both give the same bits: sums run over the inner dimension in ascending order, each step
/// one fused multiply-add, and where lanes are summed it is always 16 of them.
///
/// Layouts are those of [PackedRows] (queries and activations), [PackedMatrix] (weights) and [KvStore] (keys and values).
interface Kernels {

    /// Name for reports: `vector-512`, `vector-256`, `vector-128` or `scalar`.
    String name();

    /// `c[r][0..32·panels − 1] += Σₖ a[k][r] · w[k][0..32·panels − 1]` for `rows` rows and neighbouring panels.
    ///
    /// @param a       packed rows: row `r` of depth `k` is `a[aOffset + k * aStride + r]`
    /// @param type    element type of the panels, BF16 or F32
    /// @param w       panels of 32 columns; depth `k` of panel `p` begins at byte `wOffset + p * panelBytes + k * wStride`
    /// @param panels  number of panels
    /// @param depth   length of the inner dimension
    /// @param c       result; row `r` begins at `c[cOffset + r * ldc]`
    void panels(
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
            int ldc);

    /// One group of an INT8 panel as integers in a BF16 panel, `depth` rows of 64 bytes from byte `to` of `out` on; behind an odd depth
    /// a further row may be written.
    ///
    /// @param w       the group begins at byte `wOffset`, with its scales
    void expand(MemorySegment w, long wOffset, int depth, MemorySegment out, long to);

    /// `c[r][0..31] += scale[0..31] · sums[r][0..31]` for `rows` rows, with the scales of the INT8 group that begins at byte `wOffset`.
    void addScaled(int rows, float[] sums, int from, int ldSums, MemorySegment w, long wOffset, float[] c, int cOffset, int ldc);

    /// One row and one INT8 group of an even depth of neighbouring panels: `c[0..32·panels − 1] += scale · Σₖ a[k] · q[k]`.
    ///
    /// @param a       element `k` of the row is `a[aOffset + k * aStride]`
    /// @param w       the group of panel `p` begins at byte `wOffset + p * panelBytes`
    void int8Row(
            float[] a, int aOffset, int aStride, MemorySegment w, long wOffset, int panels, long panelBytes, int depth, float[] c,
            int cOffset);

    /// `s[r][16t..16t + 15] = Σ q[d][r] · k[d][0..15]` for `rows` rows and `tileCount` tiles of 16 keys, up to four.
    ///
    /// @param q       packed queries: row `r` of dimension `d` is `q[d * rows + r]`
    /// @param type    element type of the keys, BF16 or F32
    /// @param tiles   bytes at which the tiles of `keys` begin
    /// @param s       scores; row `r` begins at `s[64 * r]`
    void scores(int rows, float[] q, DataType type, MemorySegment keys, long[] tiles, int tileCount, int headDim, float[] s);

    /// `c[r][0..dims − 1] += Σ p[r][16t + k] · v[t][k][0..dims − 1]` over the positions k of tiles t, for `rows` rows.
    ///
    /// @param p       weights; row `r` begins at `p[64 * r]`
    /// @param type    element type of the values, BF16 or F32
    /// @param v       values; those of position `k` of tile `t` begin at byte `tiles[t] + k * vStride`, in panels of 32 dimensions
    /// @param counts  number of positions of each tile
    /// @param dims    dimensions, a multiple of 32
    /// @param c       result; row `r` begins at `c[r * dims]`
    void values(
            int rows, float[] p, DataType type, MemorySegment v, long vStride, long[] tiles, int[] counts, int tileCount, int dims,
            float[] c);

    /// The largest of `start` and `count` elements from `from` on.
    float max(float[] x, int from, int count, float start);

    /// Turns scores into weights: `p[i] = exp(p[i] − shift)` by [FastExp] for the first `count` elements from `from` on, 0 up to
    /// `span`, a multiple of 16. Lane `i % 16` of the sums that begin at `sums[sumsFrom]` grows by them.
    void weigh(float[] p, int from, int count, int span, float shift, float[] sums, int sumsFrom);

    /// The squares of `count` elements from `from` on, summed in 16 lanes: element `i` in lane `i % 16` of `lanes`.
    void squares(float[] x, int from, int count, float[] lanes);

    /// `x[i] *= factor` for `count` elements from `from` on.
    void scale(float[] x, int from, int count, float factor);

    /// `x[i] = x[i] · scale · weight[i]` for `count` elements from `from` on.
    void scaleBy(float[] x, int from, int count, float scale, float[] weight);

    /// Rotates the halves of a head in place: `(a, b)` becomes `(a · cos − b · sin, b · cos + a · sin)` for `half` pairs.
    void rotate(float[] x, int from, int half, float[] cosines, float[] sines, int table);

    /// `out[i] = silu(x[gate + i]) · x[up + i]` for `count` elements; silu(x) = x / (1 + e^−x).
    void swiGlu(float[] x, int gate, int up, int count, float[] out, int outFrom);
}
