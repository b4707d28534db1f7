package dev.iterscope.profiler.log;

import java.time.Duration;

/// Numbers with a fixed count of decimals, half rounded up, without the cost of a format string per line.
final class Decimals {

    private static final long NANOS_PER_HUNDREDTH_OF_MILLI = 10_000;

    private Decimals() {}

    /// Milliseconds with two decimals: `10.25`.
    static void millis(StringBuilder line, Duration duration) {
        long nanos = duration.toNanos();
        long hundredths = (nanos + NANOS_PER_HUNDREDTH_OF_MILLI / 2) / NANOS_PER_HUNDREDTH_OF_MILLI;
        line.append(hundredths / 100).append('.');
        long rest = hundredths % 100;
        if (rest < 10) {
            line.append('0');
        }
        line.append(rest);
    }

    /// A share in percent with one decimal: `5.1%`. Nothing of nothing is `0.0%`.
    static void percent(StringBuilder line, long part, long whole) {
        long permille = whole == 0 ? 0 : (2000 * part + whole) / (2 * whole);
        line.append(permille / 10).append('.').append(permille % 10).append('%');
    }

    /// A rate with one decimal: `247.2`.
    static void rate(StringBuilder line, double perSecond) {
        long tenths = Math.round(perSecond * 10);
        line.append(tenths / 10).append('.').append(tenths % 10);
    }
}
