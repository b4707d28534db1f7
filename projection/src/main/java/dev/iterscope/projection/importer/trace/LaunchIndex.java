package dev.iterscope.projection.importer.trace;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/// Calls that launch work on a device, found by their correlation number, which is unique only within a process. Made for millions of them.
final class LaunchIndex {

    /// No such call.
    static final int NONE = -1;
    private static final long CORRELATION_MASK = (1L << 40) - 1;
    private static final int MOST_PROCESSES = 1 << 16;

    private final Map<Long, Integer> processes = new HashMap<>();
    private long[] keys = filled(1 << 10);
    private int[] values = new int[1 << 10];
    private int size;

    /// Remembers a call; the last one of a number counts.
    ///
    /// @param value its place in a list of the caller's
    void put(long process, long correlation, int value) {
        if (size * 3 > keys.length * 2) {
            grow();
        }
        long key = key(process, correlation);
        int slot = slot(key);
        size += keys[slot] == NONE ? 1 : 0;
        keys[slot] = key;
        values[slot] = value;
    }

    /// The value of a call, or [#NONE].
    int get(long process, long correlation) {
        int slot = slot(key(process, correlation));
        return keys[slot] == NONE ? NONE : values[slot];
    }

    /// Never negative.
    private long key(long process, long correlation) {
        Integer index = processes.get(process);
        if (index == null) {
            index = processes.size() % MOST_PROCESSES;
            if (processes.size() < MOST_PROCESSES) {
                processes.put(process, index);
            }
        }
        return (long) index << 40 | (correlation & CORRELATION_MASK);
    }

    private int slot(long key) {
        int mask = keys.length - 1;
        long hash = key * 0x9e3779b97f4a7c15L;
        int slot = (int) (hash >>> 32) & mask;
        while (keys[slot] != NONE && keys[slot] != key) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private void grow() {
        long[] oldKeys = keys;
        int[] oldValues = values;
        keys = filled(oldKeys.length * 2);
        values = new int[keys.length];
        for (int i = 0; i < oldKeys.length; i++) {
            if (oldKeys[i] != NONE) {
                int slot = slot(oldKeys[i]);
                keys[slot] = oldKeys[i];
                values[slot] = oldValues[i];
            }
        }
    }

    private static long[] filled(int length) {
        long[] keys = new long[length];
        Arrays.fill(keys, NONE);
        return keys;
    }
}
