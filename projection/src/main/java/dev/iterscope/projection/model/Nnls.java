package dev.iterscope.projection.model;

import java.util.Arrays;

/// Least squares with coefficients that cannot be negative: physical costs only add. Active-set method of Lawson and Hanson
/// (Solving Least Squares Problems, 1974, chapter 23) on the normal equations, which for the handful of terms of a step is small,
/// and exact enough because the columns are scaled beforehand.
final class Nnls {
    private static final int MAX_ROUNDS = 100;

    private Nnls() {}

    /// Minimises x'Ax − 2b'x over x ≥ 0.
    ///
    /// @param a symmetric positive definite matrix (X'WX plus a prior)
    /// @param b right side (X'Wy plus the prior's part)
    static double[] solve(double[][] a, double[] b) {
        int n = b.length;
        double[] x = new double[n];
        boolean[] free = new boolean[n];
        double tolerance = 1e-12 * largest(b);
        for (int round = 0; round < MAX_ROUNDS; round++) {
            int entering = steepest(a, b, x, free, tolerance);
            if (entering < 0) {
                return x;
            }
            free[entering] = true;
            double[] candidate = solveFree(a, b, free);
            while (moveTowards(x, candidate, free)) {
                candidate = solveFree(a, b, free);
            }
            x = candidate;
        }
        return x;
    }

    private static int steepest(double[][] a, double[] b, double[] x, boolean[] free, double tolerance) {
        int best = -1;
        double steepest = tolerance;
        for (int i = 0; i < b.length; i++) {
            double slope = b[i] - dot(a[i], x);
            if (!free[i] && slope > steepest) {
                steepest = slope;
                best = i;
            }
        }
        return best;
    }

    /// Moves `x` to `candidate` as far as no coefficient becomes negative; fixes those that reach zero.
    ///
    /// @return whether something was fixed, so that the rest has to be solved again
    private static boolean moveTowards(double[] x, double[] candidate, boolean[] free) {
        double step = 1;
        boolean blocked = false;
        for (int i = 0; i < x.length; i++) {
            if (free[i] && candidate[i] <= 0) {
                blocked = true;
                step = Math.min(step, x[i] / (x[i] - candidate[i] + Double.MIN_NORMAL));
            }
        }
        if (!blocked) {
            return false;
        }
        for (int i = 0; i < x.length; i++) {
            if (free[i]) {
                x[i] += step * (candidate[i] - x[i]);
                if (x[i] <= 1e-15 || (candidate[i] <= 0 && x[i] <= 1e-12 * Math.abs(candidate[i]))) {
                    x[i] = 0;
                    free[i] = false;
                }
            }
        }
        return true;
    }

    /// Solves the equations of the free coefficients by Cholesky; the others are zero.
    private static double[] solveFree(double[][] a, double[] b, boolean[] free) {
        int[] index = new int[b.length];
        int n = 0;
        for (int i = 0; i < b.length; i++) {
            if (free[i]) {
                index[n++] = i;
            }
        }
        double[][] sub = new double[n][n];
        double[] right = new double[n];
        for (int i = 0; i < n; i++) {
            right[i] = b[index[i]];
            for (int j = 0; j < n; j++) {
                sub[i][j] = a[index[i]][index[j]];
            }
        }
        Cholesky.solveInPlace(sub, right);
        double[] x = new double[b.length];
        for (int i = 0; i < n; i++) {
            x[index[i]] = right[i];
        }
        return x;
    }

    private static double dot(double[] u, double[] v) {
        double sum = 0;
        for (int i = 0; i < u.length; i++) {
            sum += u[i] * v[i];
        }
        return sum;
    }

    private static double largest(double[] b) {
        return Arrays.stream(b).map(Math::abs).max().orElse(0);
    }
}
