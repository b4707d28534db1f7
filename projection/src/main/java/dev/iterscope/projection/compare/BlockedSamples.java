package dev.iterscope.projection.compare;

import dev.iterscope.projection.metrics.Latency;
import dev.iterscope.projection.metrics.Percentiles;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/// Samples of one quantity, each in a time block of its recording, sorted once so that every draw of blocks is summarised in one pass.
final class BlockedSamples {
    private final double[] sorted;
    private final long[] counts;
    private final int[] blocks;

    /// A sample.
    ///
    /// @param nanos its value
    /// @param count how often it occurred
    /// @param block the block that it lies in
    record Sample(double nanos, long count, int block) {}

    BlockedSamples(List<Sample> samples) {
        List<Sample> ascending = samples.stream().sorted(Comparator.comparingDouble(Sample::nanos)).toList();
        sorted = ascending.stream().mapToDouble(Sample::nanos).toArray();
        counts = ascending.stream().mapToLong(Sample::count).toArray();
        blocks = ascending.stream().mapToInt(Sample::block).toArray();
    }

    boolean isEmpty() {
        return Arrays.stream(counts).sum() == 0;
    }

    /// The summary where block `b` counts `drawn[b]` times.
    Latency summary(int[] drawn) {
        long[] times = new long[counts.length];
        for (int i = 0; i < times.length; i++) {
            times[i] = counts[i] * drawn[blocks[i]];
        }
        return Percentiles.weighted(sorted, times);
    }
}
