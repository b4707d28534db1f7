package dev.iterscope.projection.importer.torch;

/// One event of a trace while it is read; what it does not say is empty or -1.
final class TraceEvent {

    private static final long NANOS_PER_MICRO = 1000;
    /// Three thousand years in microseconds: sums of two such times fit into nanoseconds.
    private static final double LATEST_MICROS = 4e15;

    String phase = "";
    String category = "";
    String name = "";
    long process;
    long thread;
    long start;
    long duration;
    long correlation;
    long device;
    long stream;
    double bytes;

    TraceEvent clear() {
        phase = "";
        category = "";
        name = "";
        process = 0;
        thread = 0;
        start = -1;
        duration = -1;
        correlation = -1;
        device = -1;
        stream = -1;
        bytes = -1;
        return this;
    }

    /// Whether it lasts for a time that can be true.
    boolean isSpan() {
        return start >= 0 && duration >= 0;
    }

    long end() {
        return start + duration;
    }

    /// Microseconds with a fraction, as the trace prints them, in nanoseconds; -1 if they cannot be true. A `double` would lose
    /// nanoseconds of times since the epoch.
    static long nanos(String micros) {
        int length = micros.length();
        long whole = 0;
        int i = 0;
        while (i < length && isDigit(micros.charAt(i)) && i < 16) {
            whole = whole * 10 + (micros.charAt(i++) - '0');
        }
        if (i == 0) {
            return -1;
        }
        long nanos = whole * NANOS_PER_MICRO;
        if (i < length && micros.charAt(i) == '.') {
            i++;
            long unit = NANOS_PER_MICRO / 10;
            for (; i < length && isDigit(micros.charAt(i)); i++) {
                nanos += (micros.charAt(i) - '0') * unit;
                unit /= 10;
            }
        }
        if (i == length) {
            return whole <= LATEST_MICROS ? nanos : -1;
        }
        return exponential(micros);
    }

    private static long exponential(String micros) {
        try {
            double value = Double.parseDouble(micros);
            return value >= 0 && value <= LATEST_MICROS ? Math.round(value * NANOS_PER_MICRO) : -1;
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
