package dev.iterscope.engine;

import java.util.Arrays;
import java.util.function.LongConsumer;

/// The gaps between consecutive tokens of the same request (inter-token latency, the first token excluded), in order of
/// appearance. Kept whole: 8 bytes a token, so that any percentile can be taken exactly.
public final class InterTokenTimes {
    private long[] nanos = new long[1024];
    private int size;

    /// None yet.
    public InterTokenTimes() {}

    /// Adds a gap in nanoseconds.
    public void add(long gapNanos) {
        if (size == nanos.length) {
            nanos = Arrays.copyOf(nanos, size * 2);
        }
        nanos[size++] = gapNanos;
    }

    /// Number of gaps.
    public int size() {
        return size;
    }

    /// Hands every gap to `consumer`.
    public void forEach(LongConsumer consumer) {
        for (int i = 0; i < size; i++) {
            consumer.accept(nanos[i]);
        }
    }
}
