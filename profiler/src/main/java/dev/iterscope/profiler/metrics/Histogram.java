package dev.iterscope.profiler.metrics;

/// Counts of values up to fixed bounds, and their sum. Not thread-safe.
final class Histogram {

    private final double[] bounds;
    private final long[] counts;
    private long count;
    private double sum;

    /// @param bounds upper bounds, ascending; a last one without bound is implied
    Histogram(double... bounds) {
        this.bounds = bounds.clone();
        this.counts = new long[bounds.length];
    }

    void add(double value) {
        count++;
        sum += value;
        for (int bucket = 0; bucket < bounds.length; bucket++) {
            if (value <= bounds[bucket]) {
                counts[bucket]++;
                break;
            }
        }
    }

    /// Appends the cumulative buckets, the sum and the count.
    void write(MetricsText text, String name, String help) {
        text.help(name, help);
        text.type(name, "histogram");
        long below = 0;
        for (int bucket = 0; bucket < bounds.length; bucket++) {
            below += counts[bucket];
            text.sample(name + "_bucket", "le", MetricsText.number(bounds[bucket]), (double) below);
        }
        text.sample(name + "_bucket", "le", "+Inf", (double) count);
        text.sample(name + "_sum", sum);
        text.sample(name + "_count", (double) count);
    }
}
