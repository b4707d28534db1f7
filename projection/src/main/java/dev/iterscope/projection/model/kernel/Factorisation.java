package dev.iterscope.projection.model.kernel;

/// Cholesky factorisation of a small correlation matrix, and what kriging needs of it.
final class Factorisation {

    private Factorisation() {}

    /// Replaces the lower triangle by L with LL' = a; the upper triangle is not read.
    static void factor(double[][] a) {
        for (int j = 0; j < a.length; j++) {
            double[] rowJ = a[j];
            double pivot = rowJ[j];
            for (int k = 0; k < j; k++) {
                pivot -= rowJ[k] * rowJ[k];
            }
            double root = Math.sqrt(Math.max(pivot, 1e-12));
            rowJ[j] = root;
            for (int i = j + 1; i < a.length; i++) {
                double[] rowI = a[i];
                double value = rowI[j];
                for (int k = 0; k < j; k++) {
                    value -= rowI[k] * rowJ[k];
                }
                rowI[j] = value / root;
            }
        }
    }

    /// Replaces b by L⁻¹b.
    static void forward(double[][] factor, double[] b) {
        for (int i = 0; i < b.length; i++) {
            double value = b[i];
            double[] row = factor[i];
            for (int k = 0; k < i; k++) {
                value -= row[k] * b[k];
            }
            b[i] = value / row[i];
        }
    }

    static double dot(double[] u, double[] v) {
        double sum = 0;
        for (int i = 0; i < u.length; i++) {
            sum += u[i] * v[i];
        }
        return sum;
    }
}
