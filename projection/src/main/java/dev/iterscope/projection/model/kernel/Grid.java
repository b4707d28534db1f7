package dev.iterscope.projection.model.kernel;

/// Logarithms of measured over speed-of-light time on a regular grid over the logarithms of up to four sizes, so that a simulation
/// reads a kernel's time in tens of nanoseconds. Between grid points it is linear; outside the edge is held.
final class Grid {
    private final int[] lengths;
    private final float[] values;
    private final int stride0;
    private final int stride1;
    private final int stride2;

    Grid(int[] lengths, float[] values) {
        this.lengths = lengths;
        this.values = values;
        this.stride2 = lengths[3];
        this.stride1 = lengths[2] * stride2;
        this.stride0 = lengths[1] * stride1;
    }

    /// The value at fractional grid positions; unused axes have length 1 and position 0.
    double at(double p0, double p1, double p2, double p3) {
        int i2 = floor(p2, lengths[2]);
        int i3 = floor(p3, lengths[3]);
        int corner = i2 * stride2 + i3;
        double low = plane(p0, p1, corner);
        if (lengths[2] == 1) {
            return low;
        }
        double f3 = fraction(p3, i3);
        double f2 = fraction(p2, i2);
        double lowLine = between(low, plane(p0, p1, corner + 1), f3);
        double highLine = between(plane(p0, p1, corner + stride2), plane(p0, p1, corner + stride2 + 1), f3);
        return between(lowLine, highLine, f2);
    }

    /// The smallest value.
    double least() {
        double least = Double.POSITIVE_INFINITY;
        for (float value : values) {
            least = Math.min(least, value);
        }
        return least;
    }

    /// Over the first two axes, both of them longer than 1.
    private double plane(double p0, double p1, int corner) {
        int i0 = floor(p0, lengths[0]);
        int i1 = floor(p1, lengths[1]);
        double f0 = fraction(p0, i0);
        double f1 = fraction(p1, i1);
        int at = i0 * stride0 + i1 * stride1 + corner;
        return between(
                between(values[at], values[at + stride1], f1), between(values[at + stride0], values[at + stride0 + stride1], f1), f0);
    }

    private static double between(double low, double high, double share) {
        return low + share * (high - low);
    }

    private static int floor(double position, int length) {
        return Math.clamp((int) position, 0, Math.max(0, length - 2));
    }

    private static double fraction(double position, int floor) {
        return Math.clamp(position - floor, 0.0, 1.0);
    }
}
