package dev.iterscope.projection.model.kernel;

import java.util.List;
import java.util.OptionalInt;

/// Where the sizes of a kernel of some step lie among those that were measured.
///
/// @param part         the part of the step
/// @param table        the kernel's table
/// @param sizes        its ordered sizes, those that differ from step to step first
/// @param knownVariant whether the variant (type, head width) was measured itself
/// @param variance     kriging variance of the prediction there, as a multiple of the field's own
/// @param known        the variance up to which a prediction lies among measurements; see [#knownVariance]
/// @param varying      how many of the sizes differ from step to step
record TableReach(StepPart part, String table, List<Size> sizes, boolean knownVariant, double variance, double known, int varying) {
    /// Sizes up to this much beyond the measured ones, or beside one of them, count as measured.
    private static final double MARGIN = 1.25;
    /// Measured sizes up to two doublings apart tell what lies between them: kernels step at tiles and waves, which go by doublings.
    private static final double NARROW = 4;
    /// What the middle between such sizes leaves open, for each axis: half of a Brownian bridge of two doublings, at a range of 20.
    private static final double OPEN_BETWEEN = 0.05;

    /// Keeps an unmodifiable copy.
    TableReach {
        sizes = List.copyOf(sizes);
    }

    /// The variance up to which a prediction lies among measurements: the middle between sizes two doublings apart on every axis along
    /// which steps differ.
    ///
    /// @param least what is left open even at the best known of those sizes
    /// @param axes  how many sizes differ from step to step
    static double knownVariance(double least, int axes) {
        return least + OPEN_BETWEEN * axes;
    }

    /// Whether measurements surround these sizes: on each axis, and together, since not every combination was measured.
    boolean isMeasured() {
        return knownVariant && sizes.stream().allMatch(Size::isMeasured) && variance <= known;
    }

    /// No row of such a kernel, so its time is left out: what a step takes is then known from below only.
    static TableReach absent(StepPart part, String table, String axis, double value) {
        return new TableReach(part, table, List.of(new Size(axis, value, OptionalInt.empty(), OptionalInt.empty())), false,
                Double.POSITIVE_INFINITY, 0, 1);
    }

    /// Whether there is no such row at all.
    boolean isAbsent() {
        return Double.isInfinite(variance);
    }

    /// One size among the measured ones of its axis.
    ///
    /// @param axis  the axis's name
    /// @param value the size
    /// @param below the largest measured size that is not larger
    /// @param above the smallest measured size that is not smaller
    record Size(String axis, double value, OptionalInt below, OptionalInt above) {
        boolean isMeasured() {
            boolean nearBelow = below.isPresent() && value <= MARGIN * below.getAsInt();
            boolean nearAbove = above.isPresent() && value >= above.getAsInt() / MARGIN;
            // Zero is measured as no such work at all; up to the first size little is done.
            boolean between = below.isPresent() && above.isPresent()
                    && (below.getAsInt() == 0 || above.getAsInt() <= NARROW * below.getAsInt());
            return nearBelow || nearAbove || between;
        }
    }
}
