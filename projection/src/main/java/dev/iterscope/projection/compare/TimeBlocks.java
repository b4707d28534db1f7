package dev.iterscope.projection.compare;

import dev.iterscope.projection.recording.RequestRecord;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// The time blocks of a recording that the bootstrap draws: requests in as many runs of consecutive arrivals, steps in as many equal
/// parts of its span. Neighbours share a queue, so that single requests or steps would promise too much (Künsch, The jackknife and the
/// bootstrap for general stationary observations, 1989).
///
/// @param count      blocks
/// @param startNanos begin of the span
/// @param endNanos   its end
/// @param rank       place of each request in the order of arrival
record TimeBlocks(int count, long startNanos, long endNanos, Map<String, Integer> rank) {
    private static final int FEWEST = 8;
    private static final int MOST = 64;

    /// So many blocks that their length grows with the cube root of the observations, which is the order that minimises the error of a
    /// block bootstrap's variance (Hall, Horowitz and Jing, On blocking rules for the bootstrap with dependent data, 1995).
    static int count(int observations) {
        return Math.clamp(Math.round(Math.pow(observations, 2.0 / 3)), FEWEST, MOST);
    }

    static TimeBlocks of(int count, TimedSamples times, List<RequestRecord> inOrder) {
        Map<String, Integer> rank = new HashMap<>();
        inOrder.forEach(request -> rank.putIfAbsent(request.id(), rank.size()));
        long start = times.startNanos().orElse(0);
        return new TimeBlocks(count, start, Math.max(start + 1, times.endNanos().orElse(start + 1)), rank);
    }

    int of(RequestRecord request) {
        return (int) ((long) rank.getOrDefault(request.id(), 0) * count / Math.max(1, rank.size()));
    }

    int at(long nanos) {
        return at((nanos - startNanos) / (double) (endNanos - startNanos));
    }

    /// @param position a share of the span
    int at(double position) {
        return Math.clamp((long) (position * count), 0, count - 1);
    }

    /// An amount by block, spread evenly over a time span.
    double[] spread(long fromNanos, long toNanos, double amount) {
        double[] by = new double[count];
        if (toNanos <= fromNanos) {
            by[at(toNanos)] = amount;
            return by;
        }
        double length = (endNanos - startNanos) / (double) count;
        double from = fromNanos - startNanos;
        double span = toNanos - fromNanos;
        double left = amount;
        for (int block = at(fromNanos); block < at(toNanos); block++) {
            by[block] = amount * ((block + 1) * length - Math.max(from, block * length)) / span;
            left -= by[block];
        }
        by[at(toNanos)] = left;
        return by;
    }

    /// Each block once.
    int[] all() {
        int[] each = new int[count];
        Arrays.fill(each, 1);
        return each;
    }

    /// As many blocks drawn with replacement: how often each was.
    static int[] drawn(int count, SplittableRandom random) {
        int[] times = new int[count];
        for (int i = 0; i < count; i++) {
            times[random.nextInt(count)]++;
        }
        return times;
    }
}
