package dev.iterscope.profiler.event;

import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/// How an unknown value stands in a recording: the type's least value, or NaN. The JDK's tools print these as N/A.
///
/// These are constants of the file format. In Java a value that may be unknown is an optional.
public final class Unknown {

    /// An unknown count.
    public static final int INT = Integer.MIN_VALUE;

    /// An unknown duration or size.
    public static final long LONG = Long.MIN_VALUE;

    /// An unknown rate, share or sum.
    public static final double DOUBLE = Double.NaN;

    private Unknown() {}

    static int orUnknown(OptionalInt value) {
        return value.orElse(INT);
    }

    static long orUnknown(OptionalLong value) {
        return value.orElse(LONG);
    }

    static double orUnknown(OptionalDouble value) {
        return value.orElse(DOUBLE);
    }
}
