package dev.iterscope.projection.model.kernel;

/// Logarithms of measured over speed-of-light time on a regular grid over the logarithms of up to four sizes, so that a simulation
/// reads a kernel's time in tens of nanoseconds. Between grid points it is linear; outside the edge is held.
final class Grid {
    private final int[] lengths;
    private final float[] values;

    Grid(int[] lengths, float[] values) {
        this.lengths = lengths;
        this.values = values;
    }

    /// The value at fractional grid positions; unused axes have length 1 and position 0.
    double at(double p0, double p1, double p2, double p3) {
        int i0 = floor(p0, lengths[0]);
        int i1 = floor(p1, lengths[1]);
        int i2 = floor(p2, lengths[2]);
        int i3 = floor(p3, lengths[3]);
        double f0 = fraction(p0, i0);
        double f1 = fraction(p1, i1);
        double f2 = fraction(p2, i2);
        double f3 = fraction(p3, i3);
        double sum = 0;
        for (int corner = 0; corner < 16; corner++) {
            double weight = weight(corner, 1, f0) * weight(corner, 2, f1) * weight(corner, 4, f2) * weight(corner, 8, f3);
            if (weight > 0) {
                sum += weight * values[index(i0 + bit(corner, 1), i1 + bit(corner, 2), i2 + bit(corner, 4), i3 + bit(corner, 8))];
            }
        }
        return sum;
    }

    private static int floor(double position, int length) {
        return Math.clamp((int) position, 0, Math.max(0, length - 2));
    }

    private static double fraction(double position, int floor) {
        return Math.clamp(position - floor, 0.0, 1.0);
    }

    private static double weight(int corner, int axis, double fraction) {
        return (corner & axis) != 0 ? fraction : 1 - fraction;
    }

    private static int bit(int corner, int axis) {
        return (corner & axis) != 0 ? 1 : 0;
    }

    private int index(int i0, int i1, int i2, int i3) {
        return ((i0 * lengths[1] + i1) * lengths[2] + i2) * lengths[3] + i3;
    }
}
