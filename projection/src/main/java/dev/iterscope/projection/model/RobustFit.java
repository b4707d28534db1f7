package dev.iterscope.projection.model;

import java.util.Arrays;

/// Non-negative least squares on relative errors, with weights that fade out steps far from the rest (Huber's weights on the
/// residual's median absolute deviation), and a weak prior that decides only what the data leave open.
final class RobustFit {
    /// Rounds of reweighting.
    static final int ROUNDS = 8;
    private static final double HUBER = 1.5;
    private static final double SMALLEST_DEVIATION = 1e-3;

    private final double[] shares;
    private final double[] weights;
    private final double deviation;

    RobustFit(double[] shares, double[] weights, double deviation) {
        this.shares = shares;
        this.weights = weights;
        this.deviation = deviation;
    }

    /// Scaled coefficients.
    double[] shares() {
        return shares;
    }

    /// Final weight of each row: 1 / (predicted time)², times the robust weight.
    double[] weights() {
        return weights;
    }

    /// Relative standard deviation of the residuals, robustly estimated.
    double deviation() {
        return deviation;
    }

    /// Fits the rows `use` marks.
    static RobustFit fit(DesignRows design, boolean[] use, boolean[] terms) {
        return fit(design, use, terms, ROUNDS);
    }

    /// The same with fewer rounds of reweighting, where shapes are only to be ranked.
    static RobustFit fit(DesignRows design, boolean[] use, boolean[] terms, int rounds) {
        int n = design.size();
        double[] weights = new double[n];
        double[] predicted = design.nanos().clone();
        double deviation = 0.05;
        double[] shares = design.prior().means();
        double floor = 0.02 * design.typical();
        double[] residuals = new double[n];
        for (int round = 0; round < rounds; round++) {
            int used = 0;
            for (int i = 0; i < n; i++) {
                if (use[i]) {
                    double base = Math.max(predicted[i], floor);
                    double residual = round == 0 ? 0 : (design.nanos()[i] - predicted[i]) / base;
                    double sigma = Math.hypot(deviation, design.edgeError()[i]);
                    double robust = Math.min(1, HUBER * sigma / Math.max(Math.abs(residual), 1e-12));
                    double clock = deviation / sigma;
                    weights[i] = robust * clock * clock * (design.typical() / base) * (design.typical() / base);
                    residuals[used++] = Math.abs(residual) * clock;
                }
            }
            if (round > 0) {
                Arrays.sort(residuals, 0, used);
                deviation = Math.max(SMALLEST_DEVIATION, 1.4826 * residuals[used / 2]);
            }
            shares = solve(Normal.of(design, use, weights), design.prior(), design.prior().means(), deviation, terms);
            for (int i = 0; i < n; i++) {
                predicted[i] = design.predict(i, shares);
            }
        }
        return new RobustFit(shares, weights, deviation);
    }

    /// The coefficients that fit the normal equations and, with the weight of one residual against the prior's deviation, the prior.
    ///
    /// @param means the prior's means, or a draw in their place
    static double[] solve(Normal normal, TermPrior prior, double[] means, double deviation, boolean[] terms) {
        int p = means.length;
        double[][] a = new double[p][p];
        double[] b = new double[p];
        for (int i = 0; i < p; i++) {
            for (int j = 0; j < p; j++) {
                a[i][j] = terms[i] && terms[j] ? normal.a()[i][j] : 0;
            }
            double lambda = deviation * deviation / (prior.deviation(i) * prior.deviation(i));
            a[i][i] += terms[i] ? lambda : 1;
            b[i] = terms[i] ? normal.b()[i] + lambda * means[i] : 0;
        }
        return Nnls.solve(a, b);
    }

    /// Normal equations of some rows: additive over blocks of rows, which makes a bootstrap draw cheap.
    static final class Normal {
        private final double[][] a;
        private final double[] b;

        Normal(double[][] a, double[] b) {
            this.a = a;
            this.b = b;
        }

        /// X'WX.
        double[][] a() {
            return a;
        }

        /// X'Wy, times in units of the typical time.
        double[] b() {
            return b;
        }

        static Normal empty() {
            return new Normal(new double[StepTerm.COUNT][StepTerm.COUNT], new double[StepTerm.COUNT]);
        }

        static Normal of(DesignRows design, boolean[] use, double[] weights) {
            Normal normal = empty();
            for (int i = 0; i < design.size(); i++) {
                if (use[i]) {
                    normal.add(design.rows()[i], design.nanos()[i] / design.typical(), weights[i]);
                }
            }
            return normal;
        }

        void add(double[] row, double time, double weight) {
            for (int i = 0; i < row.length; i++) {
                double wx = weight * row[i];
                if (wx != 0) {
                    b[i] += wx * time;
                    for (int j = 0; j < row.length; j++) {
                        a[i][j] += wx * row[j];
                    }
                }
            }
        }

        void add(Normal other) {
            for (int i = 0; i < b.length; i++) {
                b[i] += other.b[i];
                for (int j = 0; j < b.length; j++) {
                    a[i][j] += other.a[i][j];
                }
            }
        }
    }
}
