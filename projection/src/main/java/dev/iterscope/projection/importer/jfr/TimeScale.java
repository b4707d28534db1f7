package dev.iterscope.projection.importer.jfr;

import dev.iterscope.projection.importer.jfr.EventType.Field;

/// Turns a field's number into nanoseconds where it is a time, and leaves it alone where it is not.
///
/// @param originTicks number that stands for the origin
/// @param originNanos the origin, nanoseconds since the epoch
/// @param perSecond   units in a second; 0 leaves numbers alone
record TimeScale(long originTicks, long originNanos, double perSecond) {

    private static final TimeScale NONE = new TimeScale(0, 0, 0);
    private static final double NANOS = 1e9;

    /// The scale of a field in a chunk whose ticks have the given scale.
    static TimeScale of(Field field, TimeScale ticks) {
        if (!field.instant().isEmpty()) {
            return switch (field.instant()) {
                case "TICKS" -> ticks;
                case "MILLISECONDS_SINCE_EPOCH" -> new TimeScale(0, 0, 1e3);
                default -> NONE;
            };
        }
        return switch (field.timespan()) {
            case "TICKS" -> new TimeScale(0, 0, ticks.perSecond);
            case "SECONDS" -> new TimeScale(0, 0, 1);
            case "MILLISECONDS" -> new TimeScale(0, 0, 1e3);
            case "MICROSECONDS" -> new TimeScale(0, 0, 1e6);
            default -> NONE;
        };
    }

    /// The number in nanoseconds. Unknown values stay what they are.
    long nanos(long value) {
        if (perSecond == 0 || value == Long.MIN_VALUE) {
            return value;
        }
        long units = value - originTicks;
        return originNanos + (perSecond == NANOS ? units : Math.round(units * (NANOS / perSecond)));
    }
}
