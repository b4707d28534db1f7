package dev.iterscope.engine.kvcache;

import java.util.Arrays;

/// Finds cached blocks by their hash: a hash table in which each bucket is a ring of its blocks, in the order in which they were cached,
/// closed by a node of the bucket's own.
///
/// Every generated block passes through here twice, when it fills and when it is evicted, and both times its place is far from
/// everything that was touched before. So adding and removing read nothing that a decision depends on and compare no hashes: the
/// processor goes on while memory answers. Blocks are entered many at a time, so that it waits for their places at once; only a search
/// needs them entered.
///
/// One search can be watched: as long as [#watchedSearchHolds()] its outcome is still what it was.
final class BlockIndex {
    /// Stands for the next node of a block that is yet to be entered.
    private static final int TO_ENTER = -1;

    /// Ids below it have a node, and there are as many buckets: a power of two.
    private int capacity = 64;
    /// Node i: the next node at 2 i, the previous one at 2 i + 1. Nodes below `capacity` are blocks, the others buckets. Node 0 is no
    /// cached block ever, so a block with 0 for the next node is not in a ring.
    private int[] links = emptyRings(capacity);
    /// Both words of the hash of block i at 2 i and 2 i + 1.
    private long[] hashes = new long[2 * capacity];
    private int blocks;
    /// Cached blocks that are in no ring yet, in the order in which they were cached.
    private final int[] toEnter = new int[256];
    private int toEnterCount;

    /// One bit for each block, set for those that the watched search found.
    private long[] watched = new long[capacity / Long.SIZE];
    private int[] watchedIds = new int[16];
    private int watchedCount;
    private long missedFirst;
    private long missedSecond;
    private boolean watchedSearchHolds;

    private static int[] emptyRings(int capacity) {
        int[] links = new int[4 * capacity];
        for (int bucket = capacity; bucket < 2 * capacity; bucket++) {
            links[2 * bucket] = bucket;
            links[2 * bucket + 1] = bucket;
        }
        return links;
    }

    /// Number of cached blocks.
    int blocks() {
        return blocks;
    }

    boolean isCached(int id) {
        return id < capacity && links[2 * id] != 0;
    }

    /// The block that was cached first under this hash, 0 when there is none.
    int find(long hashFirst, long hashSecond) {
        enter();
        int bucket = bucket(hashFirst);
        int id = links[2 * bucket];
        while (id != bucket) {
            if (hashes[2 * id] == hashFirst && hashes[2 * id + 1] == hashSecond) {
                return id;
            }
            id = links[2 * id];
        }
        return 0;
    }

    private int bucket(long hashFirst) {
        return capacity + ((int) hashFirst & (capacity - 1));
    }

    void add(int id, long hashFirst, long hashSecond) {
        if (id >= capacity) {
            growBeyond(id);
        }
        if (toEnterCount == toEnter.length) {
            enter();
        }
        hashes[2 * id] = hashFirst;
        hashes[2 * id + 1] = hashSecond;
        links[2 * id] = TO_ENTER;
        toEnter[toEnterCount++] = id;
        blocks++;
        if (hashFirst == missedFirst && hashSecond == missedSecond) {
            watchedSearchHolds = false;
        }
    }

    private void enter() {
        for (int i = 0; i < toEnterCount; i++) {
            append(toEnter[i], bucket(hashes[2 * toEnter[i]]));
        }
        toEnterCount = 0;
    }

    private void append(int id, int bucket) {
        int last = links[2 * bucket + 1];
        links[2 * id] = bucket;
        links[2 * id + 1] = last;
        links[2 * last] = id;
        links[2 * bucket + 1] = id;
    }

    void remove(int id) {
        if (links[2 * id] == TO_ENTER) {
            enter();
        }
        int next = links[2 * id];
        int previous = links[2 * id + 1];
        links[2 * previous] = next;
        links[2 * next + 1] = previous;
        links[2 * id] = 0;
        blocks--;
        if ((watched[id / Long.SIZE] & 1L << id) != 0) {
            watchedSearchHolds = false;
        }
    }

    void clear() {
        links = emptyRings(capacity);
        blocks = 0;
        toEnterCount = 0;
        watchedSearchHolds = false;
    }

    /// Watches a search that found the first `count` of `ids` and for the hash after them nothing. It no longer holds when one of the
    /// blocks is removed or a block with that hash is added.
    void watch(int[] ids, int count, long hashFirst, long hashSecond) {
        for (int i = 0; i < watchedCount; i++) {
            watched[watchedIds[i] / Long.SIZE] = 0;
        }
        watchedIds = count > watchedIds.length ? Arrays.copyOf(ids, count) : watchedIds;
        System.arraycopy(ids, 0, watchedIds, 0, count);
        watchedCount = count;
        for (int i = 0; i < count; i++) {
            watched[ids[i] / Long.SIZE] |= 1L << ids[i];
        }
        missedFirst = hashFirst;
        missedSecond = hashSecond;
        watchedSearchHolds = true;
    }

    /// Whether the search watched last would find the same blocks again.
    boolean watchedSearchHolds() {
        return watchedSearchHolds;
    }

    /// Throws when a cached block cannot be found under its hash, or when the count is wrong.
    void verify() {
        enter();
        int found = 0;
        for (int bucket = capacity; bucket < 2 * capacity; bucket++) {
            int previous = bucket;
            for (int id = links[2 * bucket]; id != bucket; id = links[2 * id]) {
                found++;
                if (id >= capacity || bucket(hashes[2 * id]) != bucket || links[2 * id + 1] != previous || found > blocks) {
                    throw new IllegalStateException("cached block " + id + " is not found under its hash");
                }
                previous = id;
            }
            if (links[2 * bucket + 1] != previous) {
                throw new IllegalStateException("the ring of cached block " + previous + " is not closed");
            }
        }
        if (found != blocks) {
            throw new IllegalStateException("prefix cache holds " + found + " blocks, counted " + blocks);
        }
    }

    /// Makes room for a block, and as many buckets. Blocks of one hash keep their order, since they share a bucket before and after.
    private void growBeyond(int id) {
        enter();
        int oldCapacity = capacity;
        int[] old = links;
        capacity = Integer.highestOneBit(id) * 2;
        links = emptyRings(capacity);
        hashes = Arrays.copyOf(hashes, 2 * capacity);
        watched = Arrays.copyOf(watched, capacity / Long.SIZE);
        for (int bucket = oldCapacity; bucket < 2 * oldCapacity; bucket++) {
            for (int block = old[2 * bucket]; block != bucket; block = old[2 * block]) {
                append(block, bucket(hashes[2 * block]));
            }
        }
    }
}
