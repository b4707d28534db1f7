package dev.iterscope.engine.kvcache;

import dev.iterscope.engine.kvcache.KvCacheConfig.FreeOrder;
import java.util.Arrays;

/// All blocks of the cache: which are free, how many requests hold each of the others, and which can be found by their content.
///
/// Block 0 is the null block: never handed out. A block that nobody holds but that is cached stays findable until its turn in the
/// free queue comes; it counts as free.
public final class BlockPool {
    private final int usable;
    private final boolean unhashedFirst;
    private final FreeBlockQueue free;
    private final BlockIndex index = new BlockIndex();
    private int[] references = new int[64];

    /// A pool with every block free and nothing cached. Costs nothing per block until blocks are used.
    public BlockPool(KvCacheConfig config) {
        this.usable = config.usableBlocks();
        this.unhashedFirst = config.prefixCaching() && config.freeOrder() == FreeOrder.UNHASHED_FIRST;
        this.free = new FreeBlockQueue(1, config.totalBlocks());
    }

    /// Blocks that can be taken, cached ones that nobody holds included.
    public int freeBlocks() {
        return free.size();
    }

    /// Blocks held by requests, shared ones counted once.
    public int usedBlocks() {
        return usable - free.size();
    }

    /// Blocks that can be found by their content, held or not.
    public int cachedBlocks() {
        return index.blocks();
    }

    /// Requests that hold the block.
    public int references(int id) {
        return id < references.length ? references[id] : 0;
    }

    /// True when the block can be found by its content.
    public boolean isCached(int id) {
        return index.isCached(id);
    }

    /// Ids of the free blocks, in the order in which they will be taken.
    public int[] freeOrder() {
        return free.toArray();
    }

    /// Takes the next free block; what was cached in it is forgotten.
    ///
    /// @throws java.util.NoSuchElementException when none is free
    int take() {
        int id = free.removeFirst();
        if (index.isCached(id)) {
            index.remove(id);
        }
        if (id >= references.length) {
            references = Arrays.copyOf(references, Math.max(id + 1, (int) Math.min(usable + 1L, 2L * references.length)));
        }
        references[id] = 1;
        return id;
    }

    /// One more request holds a cached block.
    void share(int id) {
        if (references[id] == 0) {
            free.remove(id);
        }
        references[id]++;
    }

    /// A request lets go of its blocks. The tail goes first, so that a chain is evicted from its end and its start stays usable.
    void release(int[] ids, int count) {
        if (unhashedFirst) {
            // In front of the queue the unhashed blocks keep the order tail to start, so the last one is put there last to first.
            for (int i = 0; i < count; i++) {
                if (references[ids[i]] == 1 && !index.isCached(ids[i])) {
                    references[ids[i]] = 0;
                    free.addFirst(ids[i]);
                }
            }
        }
        for (int i = count - 1; i >= 0; i--) {
            int id = ids[i];
            if (unhashedFirst && references[id] == 0) {
                continue;
            }
            if (--references[id] == 0) {
                free.addLast(id);
            }
        }
    }

    int find(long hashFirst, long hashSecond) {
        return index.find(hashFirst, hashSecond);
    }

    void cache(int id, long hashFirst, long hashSecond) {
        index.add(id, hashFirst, hashSecond);
    }

    /// Forgets what is cached in a block.
    void forget(int id) {
        if (index.isCached(id)) {
            index.remove(id);
        }
    }

    /// Watches a search for a prefix: the first `count` of `ids` were found, the hash after them was not.
    void watch(int[] ids, int count, long hashFirst, long hashSecond) {
        index.watch(ids, count, hashFirst, hashSecond);
    }

    /// Whether the search watched last would find the same blocks again.
    boolean watchedSearchHolds() {
        return index.watchedSearchHolds();
    }

    void forgetAll() {
        index.clear();
    }

    /// Throws when counts, queue, references or cache contradict each other or `expected`, the references counted from block tables.
    void verify(int[] expected) {
        index.verify();
        boolean[] isFree = new boolean[usable + 1];
        for (int id : free.toArray()) {
            if (id < 1 || id > usable || isFree[id]) {
                throw new IllegalStateException("free queue holds block " + id + " wrongly or twice");
            }
            isFree[id] = true;
        }
        for (int id = 1; id <= usable; id++) {
            if (references(id) != expected[id] || (expected[id] == 0) != isFree[id]) {
                throw new IllegalStateException("block " + id + ": " + references(id) + " references counted, " + expected[id]
                        + " in block tables, " + (isFree[id] ? "free" : "not free"));
            }
        }
    }
}
