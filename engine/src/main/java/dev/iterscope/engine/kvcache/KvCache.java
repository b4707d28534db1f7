package dev.iterscope.engine.kvcache;

import java.util.Arrays;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// The paged KV cache: hands blocks to sequences, finds the blocks of a known prefix again, and counts.
///
/// Semantics are those of vLLM's `KVCacheManager` with one full-attention group: only full blocks are shared; a hit ends at the last
/// token but one, since the last must be computed to have logits; blocks are findable from the moment they are scheduled.
public final class KvCache {
    private final KvCacheConfig config;
    private final int blockSize;
    private final BlockPool pool;
    private final BlockHash hash = new BlockHash();
    private final LongConsumer words = hash::add;
    private int[] hits = new int[16];
    private int hitCount;
    /// Whose search is watched, and for how many tokens.
    private @Nullable BlockTable watchedTable;
    private int watchedTokens;
    private long tableBlocks;
    private long statRequests;
    private long statQueried;
    private long statHit;

    /// An empty cache.
    public KvCache(KvCacheConfig config) {
        this.config = config;
        this.blockSize = config.blockSize();
        this.pool = new BlockPool(config);
    }

    /// The shape.
    public KvCacheConfig config() {
        return config;
    }

    /// The blocks behind it.
    public BlockPool pool() {
        return pool;
    }

    /// Blocks that `tokens` need.
    public int blocksFor(int tokens) {
        return (tokens + blockSize - 1) / blockSize;
    }

    /// Tokens in used blocks, when the sequences that hold blocks have computed `computedTokens` in sum: used blocks x block size
    /// less the unfilled ends of the tables. Exact, since only full blocks are shared.
    public long heldTokens(long computedTokens) {
        return (long) pool.usedBlocks() * blockSize - (tableBlocks * blockSize - computedTokens);
    }

    /// Looks for the longest cached prefix of a sequence without blocks, and remembers it for the [#admit] that may follow.
    ///
    /// @param knownTokens tokens of the sequence
    /// @return tokens found, a multiple of the block size below `knownTokens`
    public int lookUp(BlockTable table, TokenSource tokens, int knownTokens) {
        if (table == watchedTable && knownTokens == watchedTokens && pool.watchedSearchHolds()) {
            return hitCount * blockSize;
        }
        watchedTable = null;
        hitCount = 0;
        if (!config.prefixCaching() || !table.request.cacheKey().readable()) {
            return 0;
        }
        int most = (knownTokens - 1) / blockSize;
        for (int i = 0; i < most; i++) {
            hashUpTo(table, tokens, i + 1);
            int id = pool.find(table.hashes[2 * i], table.hashes[2 * i + 1]);
            if (id == 0) {
                break;
            }
            if (hitCount == hits.length) {
                hits = Arrays.copyOf(hits, 2 * hitCount);
            }
            hits[hitCount++] = id;
        }
        return hitCount * blockSize;
    }

    /// The [#lookUp] just before led to no [#admit], and is likely to be asked for again: until blocks come or go that would change its
    /// outcome, the answer is then known.
    public void watchLookUp(BlockTable table, int knownTokens) {
        boolean missed = hitCount < table.hashed;
        pool.watch(hits, hitCount, missed ? table.hashes[2 * hitCount] : 0, missed ? table.hashes[2 * hitCount + 1] : 0);
        watchedTable = table;
        watchedTokens = knownTokens;
    }

    /// Gives a sequence without blocks the prefix found by the [#lookUp] just before, and new blocks for the rest.
    ///
    /// @param tokens   tokens that need slots, found ones included
    /// @param mustFit  tokens for which blocks must be free although they are not taken yet; 0 for no such condition
    /// @param headroom blocks that must stay free
    /// @return false, and nothing changed, when the blocks do not suffice
    public boolean admit(BlockTable table, int tokens, int mustFit, int headroom) {
        int needed = blocksFor(tokens) - hitCount;
        int must = Math.max(needed, blocksFor(mustFit) - hitCount) + headroom;
        if (must > pool.freeBlocks() || must + freeHits() > pool.freeBlocks()) {
            return false;
        }
        table.ids = new int[roundUp(Math.max(blocksFor(tokens), blocksFor(mustFit)))];
        for (int i = 0; i < hitCount; i++) {
            pool.share(hits[i]);
            table.ids[i] = hits[i];
        }
        table.count = hitCount;
        table.cached = hitCount;
        table.nextCacheAt = nextCacheAt(hitCount);
        tableBlocks += hitCount;
        take(table, needed);
        hitCount = 0;
        watchedTable = null;
        return true;
    }

    /// Found blocks that count as free, and no longer do once they are shared.
    private int freeHits() {
        int free = 0;
        for (int i = 0; i < hitCount; i++) {
            free += pool.references(hits[i]) == 0 ? 1 : 0;
        }
        return free;
    }

    /// Makes room for `tokens` tokens of a sequence that has blocks.
    ///
    /// @return false, and nothing changed, when the blocks do not suffice
    public boolean grow(BlockTable table, int tokens) {
        if (tokens <= table.slots) {
            return true;
        }
        int needed = blocksFor(tokens) - table.count;
        if (needed > pool.freeBlocks()) {
            return false;
        }
        take(table, needed);
        return true;
    }

    /// Makes the full blocks among the first `known` tokens findable.
    public void cache(BlockTable table, TokenSource tokens, int known) {
        if (known < table.nextCacheAt) {
            return;
        }
        int full = Math.min(known / blockSize, table.count);
        hashUpTo(table, tokens, full);
        for (int i = table.cached; i < full; i++) {
            pool.cache(table.ids[i], table.hashes[2 * i], table.hashes[2 * i + 1]);
        }
        table.cached = full;
        table.nextCacheAt = nextCacheAt(full);
    }

    /// Takes back [#cache] for blocks that will not be computed after all.
    ///
    /// @param computed tokens that are or will be computed
    public void forgetBeyond(BlockTable table, int computed) {
        for (int i = computed / blockSize; i < table.cached; i++) {
            pool.forget(table.ids[i]);
        }
        table.cached = Math.min(table.cached, computed / blockSize);
        table.nextCacheAt = nextCacheAt(table.cached);
    }

    /// Gives up all blocks of a sequence; its hashes are kept for a later [#lookUp].
    ///
    /// @return blocks that it held
    public int release(BlockTable table) {
        int count = table.count;
        pool.release(table.ids, count);
        tableBlocks -= count;
        table.ids = BlockTable.EMPTY;
        table.count = 0;
        table.slots = 0;
        table.cached = 0;
        table.nextCacheAt = nextCacheAt(0);
        return count;
    }

    /// Counts the look-up of a request that was admitted for the first time.
    public void record(int queriedTokens, int hitTokens) {
        if (config.prefixCaching()) {
            statRequests++;
            statQueried += queriedTokens;
            statHit += hitTokens;
        }
    }

    /// Look-ups since the start or the last [#reset].
    public PrefixCacheStats stats() {
        return new PrefixCacheStats(statRequests, statQueried, statHit);
    }

    /// Forgets all cached content, as after a change of weights.
    ///
    /// @return false, and nothing changed, while a request holds blocks
    public boolean reset() {
        if (pool.usedBlocks() > 0) {
            return false;
        }
        pool.forgetAll();
        statRequests = 0;
        statQueried = 0;
        statHit = 0;
        return true;
    }

    /// Throws when pool and tables contradict each other. Costs time in proportion to the pool: for a checking mode and tests.
    ///
    /// @param tables every table that holds blocks
    /// @throws IllegalStateException naming the first contradiction
    public void verify(List<BlockTable> tables) {
        int[] expected = new int[config.totalBlocks()];
        long blocks = 0;
        for (BlockTable table : tables) {
            blocks += table.count;
            for (int i = 0; i < table.count; i++) {
                if (table.ids[i] < 1 || table.ids[i] >= config.totalBlocks()) {
                    throw new IllegalStateException(table.request.id() + " holds block " + table.ids[i] + ", which does not exist");
                }
                expected[table.ids[i]]++;
                if (config.prefixCaching() && i < table.cached != pool.isCached(table.ids[i])) {
                    throw new IllegalStateException("block " + i + " of " + table.request.id() + " is "
                            + (i < table.cached ? "not in" : "wrongly in") + " the prefix cache");
                }
            }
        }
        if (blocks != tableBlocks) {
            throw new IllegalStateException(tableBlocks + " blocks counted, " + blocks + " in tables");
        }
        pool.verify(expected);
    }

    private int nextCacheAt(int cached) {
        return config.prefixCaching() ? (cached + 1) * blockSize : Integer.MAX_VALUE;
    }

    private void take(BlockTable table, int needed) {
        int count = table.count;
        if (count + needed > table.ids.length) {
            table.ids = Arrays.copyOf(table.ids, roundUp(Math.max(count + needed, count + count / 2)));
        }
        for (int i = 0; i < needed; i++) {
            table.ids[count + i] = pool.take();
        }
        table.count = count + needed;
        table.slots = table.count * blockSize;
        tableBlocks += needed;
    }

    /// A little room, so that short growth needs no copy.
    private static int roundUp(int blocks) {
        return (blocks + 8) & ~7;
    }

    private void hashUpTo(BlockTable table, TokenSource tokens, int blocks) {
        if (blocks > table.hashed && 2 * blocks > table.hashes.length) {
            table.hashes = Arrays.copyOf(table.hashes, Math.max(2 * blocks, 2 * table.hashes.length));
        }
        for (int i = table.hashed; i < blocks; i++) {
            hashBlock(table, tokens, i);
            table.hashed = i + 1;
        }
    }

    private void hashBlock(BlockTable table, TokenSource tokens, int block) {
        hash.start(block == 0 ? 0 : table.hashes[2 * block - 2], block == 0 ? 0 : table.hashes[2 * block - 1]);
        int start = block * blockSize;
        int end = start + blockSize;
        tokens.content(start, end, words);
        if (!table.tokensOnly) {
            ExtraKeys.of(table.request, start, end).addTo(hash);
        }
        hash.finish();
        table.hashes[2 * block] = hash.first();
        table.hashes[2 * block + 1] = hash.second();
    }
}
