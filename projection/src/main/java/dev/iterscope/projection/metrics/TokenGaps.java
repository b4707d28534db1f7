package dev.iterscope.projection.metrics;

import java.util.Arrays;

/// Gaps between tokens, kept whole so that percentiles are exact: 8 bytes for equal gaps of one step. A gap and how often it occurred
/// share a word, the gap in the upper bits, so that sorting words sorts gaps.
final class TokenGaps {
    private static final int COUNT_BITS = 16;
    private static final long MOST = (1L << COUNT_BITS) - 1;
    /// About 39 hours.
    private static final long LONGEST_NANOS = (1L << (63 - COUNT_BITS)) - 1;

    private long[] packed = new long[256];
    private int size;

    /// Adds `count` gaps of the same length.
    void add(long nanos, long count) {
        long left = count;
        while (left > 0) {
            long taken = Math.min(left, MOST);
            if (size == packed.length) {
                packed = Arrays.copyOf(packed, size * 2);
            }
            packed[size++] = Math.clamp(nanos, 0, LONGEST_NANOS) << COUNT_BITS | taken;
            left -= taken;
        }
    }

    void addAll(TokenGaps other) {
        packed = Arrays.copyOf(packed, Math.max(packed.length, size + other.size));
        System.arraycopy(other.packed, 0, packed, size, other.size);
        size += other.size;
    }

    /// Their exact summary.
    Latency summary() {
        long[] sorted = Arrays.copyOf(packed, size);
        Arrays.sort(sorted);
        double[] nanos = new double[size];
        long[] counts = new long[size];
        for (int i = 0; i < size; i++) {
            nanos[i] = sorted[i] >>> COUNT_BITS;
            counts[i] = sorted[i] & MOST;
        }
        return Percentiles.weighted(nanos, counts);
    }
}
