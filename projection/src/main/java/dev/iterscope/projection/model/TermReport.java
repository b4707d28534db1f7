package dev.iterscope.projection.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// The terms of an iteration model as reports show them, with intervals from draws.
final class TermReport {
    private static final int DRAWS = 200;
    private static final long SEED = 0;

    private final IterationStepModel model;

    TermReport(IterationStepModel model) {
        this.model = model;
    }

    ModelSummary summary(ModelSummary.Fit errors, ModelDiagnosis diagnosis) {
        double[][] drawn = new double[DRAWS][];
        for (int i = 0; i < DRAWS; i++) {
            drawn[i] = model.drawCoefficients(i, SEED);
        }
        List<ModelSummary.Term> terms = new ArrayList<>();
        boolean identifiable = true;
        for (StepTerm term : StepTerm.values()) {
            if (model.uses(term)) {
                terms.add(term(term, drawn));
                identifiable &= model.knows(term);
            }
        }
        if (model.host().fixedNanos() > 0) {
            terms.add(new ModelSummary.Term(
                    "host", OptionalDouble.of(model.host().fixedNanos() / 1e3), "us/step",
                    OptionalDouble.empty(), OptionalDouble.empty(), true, Optional.empty()));
            terms.add(new ModelSummary.Term(
                    "host_requests", OptionalDouble.of(model.host().perRequestNanos() / 1e3), "us/request",
                    OptionalDouble.empty(), OptionalDouble.empty(), true, Optional.empty()));
        }
        return new ModelSummary(
                ModelSummary.Level.ITERATION, identifiable, diagnosis.findings(), diagnosis.nextMeasurement(), terms, errors);
    }

    private ModelSummary.Term term(StepTerm term, double[][] drawn) {
        double[] values = Arrays.stream(drawn).mapToDouble(d -> d[term.index()]).sorted().toArray();
        boolean pairs = term == StepTerm.CONTEXT_ATTENTION || term == StepTerm.GENERATION_ATTENTION;
        double unit = pairs ? 1 : 1e3;
        return new ModelSummary.Term(
                term.label(),
                OptionalDouble.of(model.coefficients()[term.index()] / unit),
                (pairs ? "ns/" : "us/") + term.per(),
                OptionalDouble.of(values[(int) (0.025 * (DRAWS - 1))] / unit),
                OptionalDouble.of(values[(int) Math.ceil(0.975 * (DRAWS - 1))] / unit),
                model.knows(term),
                model.work().flatMap(work -> work.rate(term, coefficientOfRate(term))));
    }

    /// A rate of the dense layers is that of large batches: where arithmetic outweighs the reading of weights.
    private double coefficientOfRate(StepTerm term) {
        double coefficient = model.coefficients()[term.index()];
        boolean steeper = term == StepTerm.DENSE && model.shape().form() == DenseShape.Form.STEEPER;
        return steeper ? coefficient + model.coefficients()[StepTerm.DENSE_KNEE.index()] : coefficient;
    }
}
