package dev.iterscope.projection.model.kernel;

/// An axis of a [Grid]: which size of the kernel's table it goes by, and where a size lies on it.
///
/// @param tableAxis        number of the axis in the kernel's table
/// @param first            size at the first point, or at the second where the first stands for none
/// @param fromZero         whether the first point stands for a size of 0
/// @param stepsPerDoubling grid points per doubling
record GridAxis(int tableAxis, double first, boolean fromZero, int stepsPerDoubling) {
    private static final double LOG2_E = 1 / Math.log(2);

    /// An axis whose first point is `first`.
    static GridAxis from(int tableAxis, double first, int stepsPerDoubling) {
        return new GridAxis(tableAxis, first, false, stepsPerDoubling);
    }

    /// An axis whose first point is 0 and whose second is `first`.
    static GridAxis fromZero(int tableAxis, double first, int stepsPerDoubling) {
        return new GridAxis(tableAxis, first, true, stepsPerDoubling);
    }

    /// The fractional grid position of a size; below the first point it is held.
    double position(double size) {
        if (fromZero) {
            return size < first ? size / first : 1 + Math.log(size / first) * LOG2_E * stepsPerDoubling;
        }
        return Math.log(Math.max(size, first) / first) * LOG2_E * stepsPerDoubling;
    }
}
