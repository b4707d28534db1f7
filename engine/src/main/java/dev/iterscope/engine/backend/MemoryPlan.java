package dev.iterscope.engine.backend;

/// How a backend divides its memory.
///
/// @param weightBytes     weights as they are held
/// @param activationBytes buffers for a step of `maxNumBatchedTokens` tokens
/// @param kvBytesPerBlock keys and values of one block over all layers
/// @param kvBlocks        blocks of the pool, the null block included
public record MemoryPlan(long weightBytes, long activationBytes, long kvBytesPerBlock, int kvBlocks) {

    /// Bytes of the whole KV pool.
    public long kvBytes() {
        return kvBytesPerBlock * kvBlocks;
    }

    /// Everything together.
    public long totalBytes() {
        return weightBytes + activationBytes + kvBytes();
    }
}
