package dev.iterscope.projection.importer.source;

import java.util.OptionalDouble;
import java.util.OptionalLong;

/// Makes optional values of drafted ones.
///
/// Counts repeat from step to step, and there may be millions of steps with dozens of values each: one object for each value that was seen
/// lately takes a third of the memory.
final class Known {

    /// A whole number that was not said.
    static final long UNSAID = Long.MIN_VALUE;

    private static final int RECENT = 1 << 12;
    /// Values by their hash. Threads may overwrite each other's, which changes nothing but who makes an object anew.
    private static final OptionalLong[] SEEN = new OptionalLong[RECENT];

    private Known() {}

    static OptionalLong of(long value) {
        if (value == UNSAID) {
            return OptionalLong.empty();
        }
        int slot = (int) ((value * 0x9e3779b97f4a7c15L) >>> 52);
        OptionalLong seen = SEEN[slot];
        if (seen != null && seen.getAsLong() == value) {
            return seen;
        }
        OptionalLong made = OptionalLong.of(value);
        SEEN[slot] = made;
        return made;
    }

    /// A value that hardly comes twice, such as a time.
    static OptionalLong once(long value) {
        return value == UNSAID ? OptionalLong.empty() : OptionalLong.of(value);
    }

    static OptionalDouble of(double value) {
        return Double.isNaN(value) ? OptionalDouble.empty() : OptionalDouble.of(value);
    }
}
