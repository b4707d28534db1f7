package dev.iterscope.projection.metrics;

import java.util.Arrays;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;

/// Summaries of samples in nanoseconds, as [Latency] in milliseconds.
final class Percentiles {
    private static final double NANOS_PER_MILLI = 1e6;
    private static final double[] QUANTILES = {0.50, 0.90, 0.95, 0.99};

    private Percentiles() {}

    /// The exact summary of `count` samples. Sorts them.
    static Latency exact(double[] nanos, int count) {
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
            double rank = QUANTILES[q] * (count - 1);
            int low = (int) rank;
            int high = Math.min(low + 1, count - 1);
            at[q] = nanos[low] + (rank - low) * (nanos[high] - nanos[low]);
        }
        return latency(mean, Math.sqrt(squares / count), at);
    }

    /// The summary of a histogram; percentiles have its precision, mean and deviation come from exact sums.
    ///
    /// @param sum     sum of all samples, nanoseconds
    /// @param squares sum of their squares
    static Latency histogram(Histogram histogram, double sum, double squares) {
        long count = histogram.getTotalCount();
        if (count == 0) {
            return Latency.NONE;
        }
        double[] low = new double[QUANTILES.length];
        double[] high = new double[QUANTILES.length];
        long seen = 0;
        for (HistogramIterationValue step : histogram.recordedValues()) {
            long until = step.getTotalCountToThisValue();
            double value = histogram.medianEquivalentValue(step.getValueIteratedTo());
            for (int q = 0; q < QUANTILES.length; q++) {
                long rank = (long) (QUANTILES[q] * (count - 1));
                long next = Math.min(rank + 1, count - 1);
                low[q] = rank >= seen && rank < until ? value : low[q];
                high[q] = next >= seen && next < until ? value : high[q];
            }
            seen = until;
        }
        double[] at = new double[QUANTILES.length];
        for (int q = 0; q < at.length; q++) {
            double rank = QUANTILES[q] * (count - 1);
            at[q] = low[q] + (rank - Math.floor(rank)) * (high[q] - low[q]);
        }
        double mean = sum / count;
        return latency(mean, Math.sqrt(Math.max(0, squares / count - mean * mean)), at);
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
