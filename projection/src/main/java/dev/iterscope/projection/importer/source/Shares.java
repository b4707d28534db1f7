package dev.iterscope.projection.importer.source;

import java.util.OptionalDouble;

/// Shares, which recordings hold as `float`: Mission Control shows a `float` as a percentage.
///
/// A share in memory is the shortest decimal number that is the same `float`: 5.1 % in a log is 0.051 also after it went through a
/// recording, and not 0.05099999904632568.
public final class Shares {

    private Shares() {}

    /// The share as a recording gives it back.
    public static double of(double share) {
        return Double.parseDouble(Float.toString((float) share));
    }

    /// The share as a recording gives it back, if there is one between 0 and 1.
    public static OptionalDouble of(OptionalDouble share) {
        return share.isPresent() && share.getAsDouble() >= 0 && share.getAsDouble() <= 1
                ? OptionalDouble.of(of(share.getAsDouble()))
                : OptionalDouble.empty();
    }
}
