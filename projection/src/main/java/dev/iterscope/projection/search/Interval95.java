package dev.iterscope.projection.search;

import dev.iterscope.projection.metrics.Percentiles;
import java.util.Arrays;

/// A 95 % interval.
///
/// @param low  2.5 % quantile
/// @param high 97.5 % quantile
public record Interval95(double low, double high) {
    private static final double TAIL = 0.025;

    /// The interval of samples, interpolated between ranks.
    ///
    /// @param samples at least one
    public static Interval95 of(double[] samples) {
        double[] sorted = samples.clone();
        Arrays.sort(sorted);
        return new Interval95(Percentiles.quantile(sorted, TAIL), Percentiles.quantile(sorted, 1 - TAIL));
    }

    /// The interval, widened where needed to hold a value.
    Interval95 with(double value) {
        return new Interval95(Math.min(low, value), Math.max(high, value));
    }

    /// The interval scaled by a positive factor.
    Interval95 times(double factor) {
        return new Interval95(low * factor, high * factor);
    }

    /// True when zero lies inside.
    boolean containsZero() {
        return low <= 0 && high >= 0;
    }
}
