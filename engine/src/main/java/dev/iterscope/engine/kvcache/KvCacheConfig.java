package dev.iterscope.engine.kvcache;

/// The shape of the paged KV cache.
///
/// @param blockSize     tokens in a block
/// @param totalBlocks   blocks of the pool, the null block included; `totalBlocks - 1` are usable
/// @param prefixCaching whether full blocks are kept and found again by their content
/// @param freeOrder     where freed blocks go in the free queue
public record KvCacheConfig(int blockSize, int totalBlocks, boolean prefixCaching, FreeOrder freeOrder) {

    /// Where freed blocks go in the free queue, which decides what is evicted first.
    public enum FreeOrder {
        /// Blocks without a hash go to the head, hashed ones to the tail (vLLM from 0.24 on).
        UNHASHED_FIRST,
        /// All go to the tail (vLLM up to 0.23).
        APPEND_ALL
    }

    /// Checks that at least one block can be used.
    public KvCacheConfig {
        if (blockSize < 1 || totalBlocks < 2) {
            throw new IllegalArgumentException("need blockSize >= 1 and totalBlocks >= 2: " + blockSize + ", " + totalBlocks);
        }
    }

    /// A cache of this shape with the order of vLLM 0.19.
    public static KvCacheConfig of(int blockSize, int totalBlocks, boolean prefixCaching) {
        return new KvCacheConfig(blockSize, totalBlocks, prefixCaching, FreeOrder.APPEND_ALL);
    }

    /// Blocks that requests can hold: all but the null block.
    public int usableBlocks() {
        return totalBlocks - 1;
    }

    /// Tokens that fit into the usable blocks.
    public long capacityTokens() {
        return (long) usableBlocks() * blockSize;
    }
}
