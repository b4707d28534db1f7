package dev.iterscope.engine.backend.cpu;

import dev.iterscope.engine.model.ModelConfig.DataType;
import java.lang.foreign.MemorySegment;

/// The inner loops, on vectors or scalar. Both give the same bits: sums run over the inner dimension in ascending order, each step
/// one fused multiply-add.
///
/// Layouts are those of [PackedRows] (queries and activations), [PackedMatrix] (weights) and [KvStore] (keys and values).
interface Kernels {

    /// Name for reports: `vector-512`, `vector-256`, `vector-128` or `scalar`.
    String name();

    /// `c[r][0..31] += Σₖ a[k][r] · w[k][0..31]` for `rows` rows, of which there may be 12, 8, 4, 2 or 1.
    ///
    /// @param a       packed rows: row `r` of depth `k` is `a[aOffset + k * aStride + r]`
    /// @param type    element type of the panel, BF16 or F32
    /// @param w       panel of 32 columns; depth `k` begins at byte `wOffset + k * wStride`
    /// @param depth   length of the inner dimension
    /// @param c       result; row `r` begins at `c[cOffset + r * ldc]`
    void panel(
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
            int ldc);

    /// `s[r][0..15] = Σ q[d][r] · k[d][0..15]` for `rows` rows, of which there may be 12, 8, 4, 2 or 1.
    ///
    /// @param q       packed queries: row `r` of dimension `d` is `q[qOffset + d * qStride + r]`
    /// @param type    element type of the keys, BF16 or F32
    /// @param keys    tile of 16 keys from byte `keyOffset` on
    /// @param s       scores; row `r` begins at `s[sOffset + 16 * r]`
    void scores(
            int rows, float[] q, int qOffset, int qStride, DataType type, MemorySegment keys, long keyOffset, int headDim, float[] s,
            int sOffset);

    /// `p[i] = exp(p[i] − shift)` for `count` elements from `offset` on, by [FastExp].
    void exp(float[] p, int offset, int count, float shift);
}
