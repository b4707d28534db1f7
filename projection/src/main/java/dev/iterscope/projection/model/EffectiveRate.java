package dev.iterscope.projection.model;

import java.util.OptionalDouble;

/// How fast a term's work is done: what a coefficient means in the units of a roofline, over all tensor-parallel ranks together.
///
/// @param perSecond FLOP/s or bytes/s
/// @param unit      which of both
/// @param peakShare the rate as a share of what the data sheet of the recorded device says; empty where the device is not known
public record EffectiveRate(double perSecond, Unit unit, OptionalDouble peakShare) {

    /// What is counted.
    public enum Unit {
        /// Floating-point operations per second.
        FLOPS("FLOP/s"),
        /// Bytes of memory per second.
        BYTES_PER_SECOND("B/s");

        private final String label;

        Unit(String label) {
            this.label = label;
        }

        /// The unit's sign, as in JSON.
        public String label() {
            return label;
        }
    }
}
