package dev.iterscope.projection.model;

import java.util.List;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/// The samples as rows of a regression under one dense shape: quantities of the terms, the time, and scales that make all
/// coefficients comparable.
///
/// A scaled coefficient is the share of a typical step that its term costs at its typical quantity, so one prior and one set of
/// thresholds serve CPUs and GPUs alike.
final class DesignRows {
    private final double[][] rows;
    private final double[] nanos;
    private final double[] edgeError;
    private final double[] scale;
    private final double typical;
    private final TermPrior prior;

    DesignRows(double[][] rows, double[] nanos, double[] edgeError, double[] scale, double typical, TermPrior prior) {
        this.rows = rows;
        this.nanos = nanos;
        this.edgeError = edgeError;
        this.scale = scale;
        this.typical = typical;
        this.prior = prior;
    }

    /// Quantities, already divided by `scale`.
    double[][] rows() {
        return rows;
    }

    /// Times.
    double[] nanos() {
        return nanos;
    }

    /// Relative error of each time due to its clock's resolution.
    double[] edgeError() {
        return edgeError;
    }

    /// Root mean square of each quantity; 0 for a quantity that never occurs.
    double[] scale() {
        return scale;
    }

    /// A typical time, nanoseconds.
    double typical() {
        return typical;
    }

    /// What the terms may cost before any time is looked at.
    TermPrior prior() {
        return prior;
    }

    static DesignRows of(List<StepSamples.Sample> samples, DenseShape shape, Optional<TermWork> work) {
        int n = samples.size();
        double[][] rows = new double[n][];
        double[] nanos = new double[n];
        double[] edge = new double[n];
        double[] scale = new double[StepTerm.COUNT];
        double total = 0;
        for (int i = 0; i < n; i++) {
            StepSamples.Sample sample = samples.get(i);
            rows[i] = sample.row(shape);
            nanos[i] = sample.nanos();
            edge[i] = sample.relativeError();
            total += sample.nanos();
            for (int j = 0; j < scale.length; j++) {
                scale[j] += rows[i][j] * rows[i][j];
            }
        }
        for (int j = 0; j < scale.length; j++) {
            scale[j] = Math.sqrt(scale[j] / n);
        }
        for (double[] row : rows) {
            for (int j = 0; j < scale.length; j++) {
                row[j] = scale[j] > 0 ? row[j] / scale[j] : 0;
            }
        }
        double typical = total / n;
        double shortestStep = low(samples.stream().mapToDouble(sample -> sample.nanos() / sample.steps().size()));
        double cheapestToken = low(IntStream.range(0, n)
                .filter(i -> rows[i][StepTerm.DENSE.index()] > 0)
                .mapToDouble(i -> nanos[i] / (rows[i][StepTerm.DENSE.index()] * scale[StepTerm.DENSE.index()])));
        return new DesignRows(rows, nanos, edge, scale, typical, TermPrior.of(scale, typical, shortestStep, cheapestToken, work));
    }

    /// What a twentieth of the values stay below, not the very least, which may be a slip of the clock; infinity where there are none.
    private static double low(DoubleStream values) {
        double[] sorted = values.sorted().toArray();
        return sorted.length == 0 ? Double.POSITIVE_INFINITY : sorted[sorted.length / 20];
    }

    int size() {
        return nanos.length;
    }

    /// Predicted nanoseconds of row `i` under scaled coefficients (shares of the typical time).
    double predict(int i, double[] shares) {
        double sum = 0;
        for (int j = 0; j < shares.length; j++) {
            sum += rows[i][j] * shares[j];
        }
        return sum * typical;
    }

    /// Coefficients in nanoseconds per unit of each quantity.
    double[] unscale(double[] shares) {
        double[] coefficients = new double[shares.length];
        for (int j = 0; j < shares.length; j++) {
            coefficients[j] = scale[j] > 0 ? shares[j] * typical / scale[j] : 0;
        }
        return coefficients;
    }
}
