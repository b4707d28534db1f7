package dev.iterscope.projection.model.kernel;

import java.util.Arrays;

/// Collects absolute percentage errors and how many intervals held the truth.
public final class Errors {
    private double[] errors = new double[256];
    private int count;
    private int covered;

    /// Adds a prediction and what was measured, in the same unit.
    public void add(KernelModel.Prediction predicted, double measured) {
        add(100 * Math.abs(predicted.time() / measured - 1));
        covered += measured >= predicted.low95() && measured <= predicted.high95() ? 1 : 0;
    }

    private void add(double error) {
        if (count == errors.length) {
            errors = Arrays.copyOf(errors, 2 * count);
        }
        errors[count++] = error;
    }

    void addAll(Errors other) {
        for (int i = 0; i < other.count; i++) {
            add(other.errors[i]);
        }
        covered += other.covered;
    }

    /// Number of rows.
    public int count() {
        return count;
    }

    /// Errors of a fold with this name; at least one row must have been added.
    public Folds.Result result(String fold) {
        double[] sorted = Arrays.copyOf(errors, count);
        Arrays.sort(sorted);
        return new Folds.Result(
                fold, count, quantile(sorted, 0.5), quantile(sorted, 0.9), Arrays.stream(sorted).average().orElseThrow(),
                (double) covered / count);
    }

    private static double quantile(double[] sorted, double q) {
        double at = q * (sorted.length - 1);
        int below = (int) at;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }
}
