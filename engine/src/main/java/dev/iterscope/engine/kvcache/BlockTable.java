package dev.iterscope.engine.kvcache;

import dev.iterscope.engine.request.Request;

/// The blocks of one sequence in order of position, and the hashes of its full blocks. Only [KvCache] changes it.
public final class BlockTable {
    static final int[] EMPTY = new int[0];

    final Request request;
    final boolean tokensOnly;
    int[] ids = EMPTY;
    int count;
    /// Tokens that the blocks hold: count x block size.
    int slots;
    /// Leading blocks that are in the prefix cache.
    int cached;
    /// Known tokens from which one more block can be cached: (cached + 1) x block size.
    int nextCacheAt;
    long[] hashes = new long[0];
    int hashed;

    /// An empty table.
    ///
    /// @param request supplies the extra keys of the prefix cache
    public BlockTable(Request request) {
        this.request = request;
        this.tokensOnly = ExtraKeys.none(request);
    }

    /// Number of blocks.
    public int size() {
        return count;
    }

    /// Id of block `i`, 0 ≤ i < [#size()].
    public int id(int i) {
        return ids[i];
    }

    /// The ids, in an array that may be longer than [#size()] and is not to be written to. Elements once set keep their value:
    /// the table turns to another array when it grows beyond this one or gives up its blocks.
    public int[] ids() {
        return ids;
    }

    /// Leading blocks that are in the prefix cache.
    public int cachedBlocks() {
        return cached;
    }

    /// Tokens up to which the sequence can grow without a new block and without another full block to cache.
    public int plainUntil() {
        return Math.min(slots, nextCacheAt - 1);
    }
}
