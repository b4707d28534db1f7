package dev.iterscope.projection.metrics;

import java.util.Arrays;

/// The one definition of a percentile: interpolated linearly between ranks, as `numpy.percentile` does by default and with it `vllm bench
/// serve`. Summaries take samples in nanoseconds and give [Latency] in milliseconds.
public final class Percentiles {
    private static final double NANOS_PER_MILLI = 1e6;
    private static final double[] QUANTILES = {0.50, 0.90, 0.95, 0.99};

    private Percentiles() {}

    /// The quantile of samples in ascending order.
    ///
    /// @param sorted at least one
    /// @param share  0..1
    public static double quantile(double[] sorted, double share) {
        return quantile(sorted, sorted.length, share);
    }

    private static double quantile(double[] sorted, int count, double share) {
        double rank = share * (count - 1);
        int low = (int) rank;
        int high = Math.min(low + 1, count - 1);
        return sorted[low] + (rank - low) * (sorted[high] - sorted[low]);
    }

    /// The summary of the first `count` samples. Sorts them.
    public static Latency exact(double[] nanos, int count) {
        if (count == 0) {
            return Latency.NONE;
        }
        Arrays.sort(nanos, 0, count);
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += nanos[i];
        }
        double mean = sum / count;
        double squares = 0;
        for (int i = 0; i < count; i++) {
            squares += (nanos[i] - mean) * (nanos[i] - mean);
        }
        double[] at = new double[QUANTILES.length];
        for (int q = 0; q < at.length; q++) {
            at[q] = quantile(nanos, count, QUANTILES[q]);
        }
        return latency(mean, Math.sqrt(squares / count), at);
    }

    /// The summary of samples that occur several times: that of the same samples written out.
    ///
    /// @param sorted nanoseconds, ascending
    /// @param counts how often each occurs, at least 0
    public static Latency weighted(double[] sorted, long[] counts) {
        long count = 0;
        double sum = 0;
        for (int i = 0; i < counts.length; i++) {
            count += counts[i];
            sum += sorted[i] * counts[i];
        }
        if (count == 0) {
            return Latency.NONE;
        }
        double mean = sum / count;
        double[] low = new double[QUANTILES.length];
        double[] high = new double[QUANTILES.length];
        double squares = 0;
        long seen = 0;
        for (int i = 0; i < counts.length; i++) {
            squares += counts[i] * (sorted[i] - mean) * (sorted[i] - mean);
            long until = seen + counts[i];
            for (int q = 0; q < QUANTILES.length; q++) {
                long rank = (long) (QUANTILES[q] * (count - 1));
                low[q] = isWithin(rank, seen, until) ? sorted[i] : low[q];
                high[q] = isWithin(Math.min(rank + 1, count - 1), seen, until) ? sorted[i] : high[q];
            }
            seen = until;
        }
        double[] at = new double[QUANTILES.length];
        for (int q = 0; q < at.length; q++) {
            double rank = QUANTILES[q] * (count - 1);
            at[q] = low[q] + (rank - Math.floor(rank)) * (high[q] - low[q]);
        }
        return latency(mean, Math.sqrt(squares / count), at);
    }

    private static boolean isWithin(long rank, long from, long until) {
        return rank >= from && rank < until;
    }

    private static Latency latency(double mean, double std, double[] at) {
        return new Latency(
                mean / NANOS_PER_MILLI,
                std / NANOS_PER_MILLI,
                at[0] / NANOS_PER_MILLI,
                at[1] / NANOS_PER_MILLI,
                at[2] / NANOS_PER_MILLI,
                at[3] / NANOS_PER_MILLI);
    }
}
