package dev.iterscope.projection.model.kernel;

/// One size that a kernel's time depends on, and how measurements at other values of it may be used.
///
/// @param name      its word in error messages and model files
/// @param kind      how values relate to each other
/// @param alignment values that are no multiple of it behave differently (GEMM: m not divisible by 4 takes other code); 1 for none
public record Axis(String name, Kind kind, int alignment) {

    /// How values of an axis relate to each other.
    public enum Kind {
        /// The axis along which curves are dense: tokens, sequence length, message size.
        CURVE,
        /// An ordered size; neighbours are alike in the logarithm.
        ORDERED,
        /// An ordered size whose zero means "none": rows with and without are never mixed.
        ORDERED_FROM_ZERO,
        /// A variant whose rows behave much alike (type of the KV cache, window).
        SIBLING,
        /// A variant whose rows are never mixed (type of a matrix product); the nearest value stands in for one never measured.
        GROUP
    }

    static Axis curve(String name) {
        return new Axis(name, Kind.CURVE, 1);
    }

    static Axis curve(String name, int alignment) {
        return new Axis(name, Kind.CURVE, alignment);
    }

    static Axis ordered(String name) {
        return new Axis(name, Kind.ORDERED, 1);
    }

    static Axis orderedFromZero(String name) {
        return new Axis(name, Kind.ORDERED_FROM_ZERO, 1);
    }

    static Axis sibling(String name) {
        return new Axis(name, Kind.SIBLING, 1);
    }

    static Axis group(String name) {
        return new Axis(name, Kind.GROUP, 1);
    }

    boolean isOrdered() {
        return kind == Kind.CURVE || kind == Kind.ORDERED || kind == Kind.ORDERED_FROM_ZERO;
    }

    /// Position on a logarithmic scale; variants keep their code.
    double coordinate(int value) {
        return isOrdered() ? Math.log(Math.max(value, 1)) * LOG2_E : value;
    }

    private static final double LOG2_E = 1 / Math.log(2);
}
