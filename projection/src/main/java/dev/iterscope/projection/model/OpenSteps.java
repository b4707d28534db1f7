package dev.iterscope.projection.model;

import dev.iterscope.engine.schedule.StepCounts;

/// How a draw departs from the prediction for steps that the recorded batches do not determine: by what [Identifiability] leaves open of
/// them, all the same way, since what is not known is the same coefficients.
final class OpenSteps {
    static final OpenSteps NONE = new OpenSteps();

    private final Identifiability known;
    private final DenseShape shape;
    private final double typical;
    private final double normal;

    private OpenSteps() {
        this(new Identifiability(new double[0][], new double[0], new double[0], new double[0], 1), DenseShape.LINE, 0, 0);
    }

    /// @param known   what the batches tell
    /// @param shape   shape of the dense layers under which it was worked out
    /// @param typical a typical step's time, nanoseconds
    /// @param normal  the draw, standard normal
    OpenSteps(Identifiability known, DenseShape shape, double typical, double normal) {
        this.known = known;
        this.shape = shape;
        this.typical = typical;
        this.normal = normal;
    }

    /// The factor for a step of that predicted time; 1 where the step is known.
    double of(StepCounts counts, double nanos) {
        if (normal == 0 || nanos <= 0) {
            return 1;
        }
        double[] quantities = new double[StepTerm.COUNT];
        StepWork.of(counts).addTo(quantities, shape);
        double open = known.uncertaintyOf(quantities) * typical / nanos;
        return open > Identifiability.STEP_KNOWN ? Math.exp(normal * Math.min(1, open)) : 1;
    }
}
