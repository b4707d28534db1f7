package dev.iterscope.projection.model.kernel;

/// How fast rows become unlike each other: the correlation of two rows is exp(−Σ distance / range), plus `nugget` of their own.
///
/// @param ordered  range of ordered axes, in doublings
/// @param aligned  range of the step between aligned and unaligned values
/// @param sibling  range of the step between variants
/// @param nugget   share of the variance that a row has to itself: measurement noise, code selection
record Ranges(double ordered, double aligned, double sibling, double nugget) {
    static final Ranges DEFAULT = new Ranges(20, 20, 10, 1e-3);

    /// Whether rows lie as far apart under the other ranges: all but the nugget alike.
    boolean placesAlike(Ranges other) {
        return ordered == other.ordered && aligned == other.aligned && sibling == other.sibling;
    }
}
