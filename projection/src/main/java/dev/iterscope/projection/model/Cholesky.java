package dev.iterscope.projection.model;

/// Small symmetric positive definite systems.
final class Cholesky {

    private Cholesky() {}

    /// Replaces the lower triangle of `a` by its factor L with LL' = a. A pivot that rounding made non-positive is lifted to a
    /// tiny positive value, so that an exactly collinear design still has a solution (the prior then decides it).
    static void factor(double[][] a) {
        int n = a.length;
        for (int j = 0; j < n; j++) {
            double pivot = a[j][j];
            double floor = 1e-14 * Math.abs(pivot) + Double.MIN_NORMAL;
            for (int k = 0; k < j; k++) {
                pivot -= a[j][k] * a[j][k];
            }
            double root = Math.sqrt(Math.max(pivot, floor));
            a[j][j] = root;
            for (int i = j + 1; i < n; i++) {
                double value = a[i][j];
                for (int k = 0; k < j; k++) {
                    value -= a[i][k] * a[j][k];
                }
                a[i][j] = value / root;
            }
        }
    }

    /// Solves with a factor made by [#factor]; `b` becomes the solution.
    static void solveFactored(double[][] factor, double[] b) {
        int n = b.length;
        for (int i = 0; i < n; i++) {
            for (int k = 0; k < i; k++) {
                b[i] -= factor[i][k] * b[k];
            }
            b[i] /= factor[i][i];
        }
        for (int i = n - 1; i >= 0; i--) {
            for (int k = i + 1; k < n; k++) {
                b[i] -= factor[k][i] * b[k];
            }
            b[i] /= factor[i][i];
        }
    }

    /// Solves ax = b; `a` is overwritten, `b` becomes the solution.
    static void solveInPlace(double[][] a, double[] b) {
        factor(a);
        solveFactored(a, b);
    }
}
