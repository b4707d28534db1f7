package dev.iterscope.engine.backend.cuda;

/// Buffers of a step, sized once for the largest: offsets into one allocation.
///
/// @param hidden        residual stream, f32 `[rows][hiddenSize]`
/// @param normed        what the projections read, bf16 `[rows][hiddenSize]`
/// @param qkv           queries, keys, values, bf16 `[rows][qkvWidth]`
/// @param attention     attention's result, bf16 `[rows][queryWidth]`
/// @param gateUp        gates and ups, bf16 `[rows][2 intermediateSize]`
/// @param activated     their product, bf16 `[rows][intermediateSize]`
/// @param sampledRows   normed rows that yield a token, bf16 `[samples][hiddenSize]`
/// @param logits        f32 `[samples][vocabulary]`
/// @param parts         partial results of generation attention, f32 `[parts][heads][headDim + 2]`
/// @param step          the uploaded batch
/// @param sampled       tokens of the latest steps, int `[RING][samples]`
/// @param gemmScratch   scratch memory of cuBLASLt
/// @param angles        cosines and sines, f32 `[positions][headDim / 2][2]`
/// @param bytes         of everything
record Workspace(
        long hidden,
        long normed,
        long qkv,
        long attention,
        long gateUp,
        long activated,
        long sampledRows,
        long logits,
        long parts,
        long step,
        long sampled,
        long gemmScratch,
        long angles,
        long bytes) {

    /// Steps whose tokens are kept on the device; at most this many may be in flight.
    static final int RING = 4;
    private static final int ROW_GRANULE = 64;
    /// Partial results for which there is room whatever the model: a million tokens of KV in one step.
    private static final int ENOUGH_PARTS = 4096;

    /// Places the buffers one after the other from offset 0 on.
    static Workspace layout(ModelShape shape) {
        Cursor cursor = new Cursor();
        long rows = padded(shape.maxRows());
        long samples = padded(samples(shape));
        int hiddenSize = shape.model().hiddenSize();
        int intermediate = shape.model().intermediateSize();
        return new Workspace(
                cursor.take(rows * hiddenSize * 4),
                cursor.take(rows * hiddenSize * 2),
                cursor.take(rows * shape.qkvWidth() * 2),
                cursor.take(rows * shape.model().queryWidth() * 2),
                cursor.take(rows * intermediate * 2 * 2),
                cursor.take(rows * intermediate * 2),
                cursor.take(samples * hiddenSize * 2),
                cursor.take(samples * shape.model().vocabSize() * 4),
                cursor.take((long) parts(shape) * shape.model().heads() * (shape.model().headDim() + 2) * 4),
                cursor.take(4L * StepUpload.maxInts(shape)),
                cursor.take(4L * RING * samples(shape)),
                cursor.take(CublasLt.SCRATCH_BYTES),
                cursor.take(4L * shape.model().maxModelLen() * shape.model().headDim()),
                cursor.position);
    }

    /// The rows that buffers have room for: a multiple of 64, so that the matrix library sees few different sizes.
    static int padded(int rows) {
        return Math.ceilDiv(rows, ROW_GRANULE) * ROW_GRANULE;
    }

    /// Most tokens that a step yields.
    static int samples(ModelShape shape) {
        return Math.min(shape.maxSeqs(), shape.maxRows());
    }

    /// Partial results of generation attention that a step can have.
    static int parts(ModelShape shape) {
        long most = (long) samples(shape) * Math.ceilDiv(shape.model().maxModelLen(), StepUpload.PARTITION);
        return (int) Math.min(most, Math.max(ENOUGH_PARTS, samples(shape)));
    }

    /// The same buffers from `base` on.
    Workspace at(long base) {
        return new Workspace(
                base + hidden,
                base + normed,
                base + qkv,
                base + attention,
                base + gateUp,
                base + activated,
                base + sampledRows,
                base + logits,
                base + parts,
                base + step,
                base + sampled,
                base + gemmScratch,
                base + angles,
                bytes);
    }

    private static final class Cursor {
        private long position;

        long take(long bytes) {
            long at = position;
            position += DeviceMemory.align(bytes);
            return at;
        }
    }
}
