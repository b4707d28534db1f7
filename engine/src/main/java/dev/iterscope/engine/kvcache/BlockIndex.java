package dev.iterscope.engine.kvcache;

import java.util.Arrays;

/// Finds cached blocks by their hash: open addressing over block ids, with the blocks of one hash chained in the order in which they
/// were cached. Block ids are at least 1, so 0 means "none" in the arrays.
///
/// A slot holds the low half of the hash's first word above the id: so a search leaves the array of slots only for a block that is very
/// likely the one, where otherwise every step of it would be a cache miss in the large arrays of hashes.
final class BlockIndex {
    private static final long ID = 0xFFFF_FFFFL;

    private long[] slots = new long[64];
    private int hashes;
    private int blocks;
    private long[] first = new long[64];
    private long[] second = new long[64];
    private int[] nextSame = new int[64];
    /// The block cached before under the same hash; of the first block the last one.
    private int[] previousSame = new int[64];
    private boolean[] cached = new boolean[64];

    /// Number of cached blocks.
    int blocks() {
        return blocks;
    }

    boolean isCached(int id) {
        return id < cached.length && cached[id];
    }

    /// The block that was cached first under this hash, 0 when there is none.
    int find(long hashFirst, long hashSecond) {
        return idIn(slotOf(hashFirst, hashSecond));
    }

    private int idIn(int slot) {
        return (int) (slots[slot] & ID);
    }

    private static long entry(long hashFirst, int id) {
        return hashFirst << 32 | id;
    }

    private static int home(long entry, int mask) {
        return (int) (entry >>> 32) & mask;
    }

    void add(int id, long hashFirst, long hashSecond) {
        ensure(id);
        first[id] = hashFirst;
        second[id] = hashSecond;
        nextSame[id] = 0;
        cached[id] = true;
        blocks++;
        int slot = slotOf(hashFirst, hashSecond);
        int head = idIn(slot);
        if (head == 0) {
            slots[slot] = entry(hashFirst, id);
            previousSame[id] = id;
            hashes++;
            if (hashes * 2L > slots.length) {
                rehash();
            }
            return;
        }
        int last = previousSame[head];
        nextSame[last] = id;
        previousSame[id] = last;
        previousSame[head] = id;
    }

    void remove(int id) {
        int slot = slotOf(first[id], second[id]);
        int head = idIn(slot);
        int after = nextSame[id];
        if (head == id) {
            if (after == 0) {
                slots[slot] = 0;
                hashes--;
                closeGap(slot);
            } else {
                slots[slot] = entry(first[id], after);
                previousSame[after] = previousSame[id];
            }
        } else {
            nextSame[previousSame[id]] = after;
            previousSame[after == 0 ? head : after] = previousSame[id];
        }
        nextSame[id] = 0;
        cached[id] = false;
        blocks--;
    }

    void clear() {
        Arrays.fill(slots, 0);
        Arrays.fill(nextSame, 0);
        Arrays.fill(cached, false);
        hashes = 0;
        blocks = 0;
    }

    /// Throws when a cached block cannot be found under its hash, or when the counts are wrong.
    void verify() {
        int found = 0;
        int used = 0;
        for (long entry : slots) {
            int head = (int) (entry & ID);
            used += head == 0 ? 0 : 1;
            for (int id = head; id != 0; id = nextSame[id]) {
                found++;
                if (!cached[id] || idIn(slotOf(first[id], second[id])) != head) {
                    throw new IllegalStateException("cached block " + id + " is not found under its hash");
                }
            }
        }
        if (found != blocks || used != hashes) {
            throw new IllegalStateException("prefix cache holds " + found + " blocks, counted " + blocks);
        }
    }

    private int slotOf(long hashFirst, long hashSecond) {
        int mask = slots.length - 1;
        int slot = (int) hashFirst & mask;
        while (true) {
            long entry = slots[slot];
            int id = (int) (entry & ID);
            if (id == 0 || (entry >>> 32 == (hashFirst & ID) && first[id] == hashFirst && second[id] == hashSecond)) {
                return slot;
            }
            slot = (slot + 1) & mask;
        }
    }

    /// Moves later entries of the probe sequence up, so that a search never stops at the hole (Knuth, TAOCP 3, algorithm 6.4R).
    private void closeGap(int gap) {
        int mask = slots.length - 1;
        int hole = gap;
        int slot = (gap + 1) & mask;
        while (slots[slot] != 0) {
            if (((slot - home(slots[slot], mask)) & mask) >= ((slot - hole) & mask)) {
                slots[hole] = slots[slot];
                slots[slot] = 0;
                hole = slot;
            }
            slot = (slot + 1) & mask;
        }
    }

    private void rehash() {
        long[] old = slots;
        slots = new long[old.length * 2];
        for (long entry : old) {
            int head = (int) (entry & ID);
            if (head != 0) {
                slots[slotOf(first[head], second[head])] = entry;
            }
        }
    }

    private void ensure(int id) {
        if (id >= first.length) {
            int capacity = Math.max(id + 1, 2 * first.length);
            first = Arrays.copyOf(first, capacity);
            second = Arrays.copyOf(second, capacity);
            nextSame = Arrays.copyOf(nextSame, capacity);
            previousSame = Arrays.copyOf(previousSame, capacity);
            cached = Arrays.copyOf(cached, capacity);
        }
    }
}
