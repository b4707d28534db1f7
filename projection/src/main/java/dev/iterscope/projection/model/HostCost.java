package dev.iterscope.projection.model;

import java.util.List;

/// Time of the host around a step: a fixed part and a part per scheduled request.
///
/// @param fixedNanos      per step
/// @param perRequestNanos per scheduled request
record HostCost(double fixedNanos, double perRequestNanos) {
    static final HostCost UNKNOWN = new HostCost(0, 0);
    private static final int ROUNDS = 6;

    /// Fits the steps that tell host time apart; robust to the odd step in which the host was interrupted.
    static HostCost fit(List<StepSamples.Sample> samples) {
        double[][] points = samples.stream()
                .filter(s -> s.host().isPresent() && s.steps().size() == 1)
                .map(s -> new double[] {s.steps().getFirst().requests(), s.host().getAsLong()})
                .toArray(double[][]::new);
        if (points.length == 0) {
            return UNKNOWN;
        }
        double fixed = 0;
        double slope = 0;
        for (int round = 0; round < ROUNDS; round++) {
            double s = 0;
            double sx = 0;
            double sy = 0;
            double sxx = 0;
            double sxy = 0;
            for (double[] point : points) {
                double residual = round == 0 ? 0 : Math.abs(point[1] - fixed - slope * point[0]) / Math.max(fixed + slope * point[0], 1);
                double weight = residual > 0.5 ? 0.5 / residual : 1;
                weight /= Math.max(1, point[1]);
                s += weight;
                sx += weight * point[0];
                sy += weight * point[1];
                sxx += weight * point[0] * point[0];
                sxy += weight * point[0] * point[1];
            }
            double determinant = s * sxx - sx * sx;
            slope = determinant > 1e-9 * s * sxx ? Math.max(0, (s * sxy - sx * sy) / determinant) : 0;
            fixed = Math.max(0, (sy - slope * sx) / s);
        }
        return new HostCost(fixed, slope);
    }

    long nanos(double requests) {
        return Math.round(fixedNanos + perRequestNanos * requests);
    }
}
