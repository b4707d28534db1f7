package dev.iterscope.projection.model;

import java.util.List;

/// What the recorded batch compositions can tell apart, decided from the design alone, before any time is looked at.
///
/// Each term may cost what the prior says beforehand ([TermPrior]): as much as a typical step, or what the roofline allows. Steps with an assumed error of 5 %
/// each, of which only every fifth counts because neighbours are alike, shrink that uncertainty along the directions in which the
/// batches differ, and leave it along the others. A term, or a predicted step, whose remaining uncertainty is small is known.
final class Identifiability {
    /// Error assumed for one step, as a share of its time.
    static final double STEP_ERROR = 0.05;
    /// Of how many neighbouring steps one counts as independent.
    static final double CORRELATED_STEPS = 5;
    /// A term is known when its remaining uncertainty is below this share of a typical step.
    static final double TERM_KNOWN = 0.15;
    /// A step is known when the remaining uncertainty is below this share of its own time.
    static final double STEP_KNOWN = 0.15;
    private final double[][] factor;
    private final double[] scale;
    private final double[] seenLeast;
    private final double[] seenMost;
    private final double informationPerStep;

    /// @param factor             Cholesky factor of the posterior's precision
    /// @param scale              scale of each quantity
    /// @param seenLeast          smallest quantity seen of each term
    /// @param seenMost           largest quantity seen of each term
    /// @param informationPerStep what a recorded step tells, as a share of what one with a time of its own does
    Identifiability(double[][] factor, double[] scale, double[] seenLeast, double[] seenMost, double informationPerStep) {
        this.factor = factor;
        this.scale = scale;
        this.seenLeast = seenLeast;
        this.seenMost = seenMost;
        this.informationPerStep = informationPerStep;
    }

    /// Cholesky factor of the posterior's precision.
    double[][] factor() {
        return factor;
    }

    /// Scale of each quantity.
    double[] scale() {
        return scale;
    }

    /// Smallest quantity seen of each term.
    double[] seenLeast() {
        return seenLeast;
    }

    /// Largest quantity seen of each term.
    double[] seenMost() {
        return seenMost;
    }

    static Identifiability of(DesignRows design, double[] typicalTimes) {
        int p = StepTerm.COUNT;
        double[][] precision = new double[p][p];
        double[] least = new double[p];
        double[] most = new double[p];
        for (int j = 0; j < p; j++) {
            precision[j][j] = 1 / (design.prior().deviation(j) * design.prior().deviation(j));
            least[j] = Double.POSITIVE_INFINITY;
        }
        double information = 0;
        double steps = 0;
        for (int i = 0; i < design.size(); i++) {
            double relative = design.typical() / Math.max(typicalTimes[i], 0.02 * design.typical());
            double sigma = Math.hypot(STEP_ERROR, design.edgeError()[i]);
            double weight = relative * relative / (sigma * sigma * CORRELATED_STEPS);
            double[] row = design.rows()[i];
            information += STEP_ERROR * STEP_ERROR / (sigma * sigma);
            steps += row[StepTerm.FIXED.index()] * design.scale()[StepTerm.FIXED.index()];
            for (int j = 0; j < p; j++) {
                least[j] = Math.min(least[j], row[j] * design.scale()[j]);
                most[j] = Math.max(most[j], row[j] * design.scale()[j]);
                for (int k = 0; k < p; k++) {
                    precision[j][k] += weight * row[j] * row[k];
                }
            }
        }
        Cholesky.factor(precision);
        return new Identifiability(precision, design.scale(), least, most, information / Math.max(1, steps));
    }

    /// What the batches would tell with more steps beside them.
    ///
    /// @param more    quantities of each term of further steps, unscaled
    /// @param nanos   their times
    /// @param typical the typical step's time that shares refer to
    /// @param each    how many steps each of them stands for
    Identifiability with(List<double[]> more, double[] nanos, double typical, double each) {
        int p = StepTerm.COUNT;
        double[] scales = scale.clone();
        double[] least = seenLeast.clone();
        double[] most = seenMost.clone();
        for (double[] row : more) {
            for (int j = 0; j < p; j++) {
                least[j] = Math.min(least[j], row[j]);
                most[j] = Math.max(most[j], row[j]);
            }
        }
        double[][] precision = new double[p][p];
        for (int j = 0; j < p; j++) {
            // A term that was never seen has no scale yet, and nothing but its prior.
            scales[j] = scales[j] > 0 ? scales[j] : most[j];
            for (int k = 0; k <= j; k++) {
                for (int i = 0; i <= k; i++) {
                    precision[j][k] += factor[j][i] * factor[k][i];
                }
                precision[k][j] = precision[j][k];
            }
        }
        for (int i = 0; i < nanos.length; i++) {
            double relative = typical / Math.max(nanos[i], 0.02 * typical);
            double weight = each * relative * relative * informationPerStep / (STEP_ERROR * STEP_ERROR * CORRELATED_STEPS);
            double[] row = scaled(more.get(i), scales);
            for (int j = 0; j < p; j++) {
                for (int k = 0; k < p; k++) {
                    precision[j][k] += weight * row[j] * row[k];
                }
            }
        }
        Cholesky.factor(precision);
        return new Identifiability(precision, scales, least, most, informationPerStep);
    }

    /// Whether the data tell this term's cost from the others'.
    boolean isKnown(StepTerm term) {
        if (scale[term.index()] == 0) {
            return false;
        }
        double[] unit = new double[StepTerm.COUNT];
        unit[term.index()] = 1;
        return uncertainty(unit) < TERM_KNOWN;
    }

    /// Remaining uncertainty of a step with these quantities, as a share of a typical step's time.
    ///
    /// @param quantities of each term, unscaled
    double uncertaintyOf(double[] quantities) {
        return uncertainty(scaled(quantities, scale));
    }

    /// Remaining uncertainty of one term alone in a step with these quantities, as a share of a typical step's time.
    double deviationOf(StepTerm term, double[] quantities) {
        double[] row = new double[quantities.length];
        row[term.index()] = scaled(quantities, scale)[term.index()];
        return uncertainty(row);
    }

    private static double[] scaled(double[] quantities, double[] scales) {
        double[] row = new double[quantities.length];
        for (int j = 0; j < row.length; j++) {
            row[j] = scales[j] > 0 ? quantities[j] / scales[j] : quantities[j] > 0 ? 1 : 0;
        }
        return row;
    }

    /// √(z' C z) with C the posterior covariance: solve L u = z, then |u|.
    private double uncertainty(double[] z) {
        double[] u = z.clone();
        double sum = 0;
        for (int i = 0; i < u.length; i++) {
            for (int k = 0; k < i; k++) {
                u[i] -= factor[i][k] * u[k];
            }
            u[i] /= factor[i][i];
            sum += u[i] * u[i];
        }
        return Math.sqrt(sum);
    }
}
