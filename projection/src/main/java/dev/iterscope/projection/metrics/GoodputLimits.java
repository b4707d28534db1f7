package dev.iterscope.projection.metrics;

/// What a single request has to keep to count as good, in milliseconds; infinite where nothing is asked.
///
/// @param ttftMs most time to the first token
/// @param tpotMs most mean time per further output token
/// @param e2elMs most end-to-end latency
public record GoodputLimits(double ttftMs, double tpotMs, double e2elMs) {
    /// Every finished request is good.
    public static final GoodputLimits NONE =
            new GoodputLimits(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY);

    /// True when nothing is asked, and goodput says nothing.
    public boolean isEmpty() {
        return equals(NONE);
    }
}
