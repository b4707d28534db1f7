package dev.iterscope.projection.model;

/// What the recorded batch compositions can tell apart, decided from the design alone, before any time is looked at.
///
/// Each term may, as far as is known beforehand, cost as much as a typical step (the prior). Steps with an assumed error of 5 %
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

    Identifiability(double[][] factor, double[] scale, double[] seenLeast, double[] seenMost) {
        this.factor = factor;
        this.scale = scale;
        this.seenLeast = seenLeast;
        this.seenMost = seenMost;
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
            precision[j][j] = 1 / (RobustFit.PRIOR_DEVIATION * RobustFit.PRIOR_DEVIATION);
            least[j] = Double.POSITIVE_INFINITY;
        }
        for (int i = 0; i < design.size(); i++) {
            double relative = design.typical() / Math.max(typicalTimes[i], 0.02 * design.typical());
            double sigma = Math.hypot(STEP_ERROR, design.edgeError()[i]);
            double weight = relative * relative / (sigma * sigma * CORRELATED_STEPS);
            double[] row = design.rows()[i];
            for (int j = 0; j < p; j++) {
                least[j] = Math.min(least[j], row[j] * design.scale()[j]);
                most[j] = Math.max(most[j], row[j] * design.scale()[j]);
                for (int k = 0; k < p; k++) {
                    precision[j][k] += weight * row[j] * row[k];
                }
            }
        }
        Cholesky.factor(precision);
        return new Identifiability(precision, design.scale(), least, most);
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
        double[] row = new double[quantities.length];
        for (int j = 0; j < row.length; j++) {
            row[j] = scale[j] > 0 ? quantities[j] / scale[j] : quantities[j] > 0 ? 1 : 0;
        }
        return uncertainty(row);
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
