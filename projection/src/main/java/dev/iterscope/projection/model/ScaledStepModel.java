package dev.iterscope.projection.model;

import dev.iterscope.engine.schedule.StepCounts;
import dev.iterscope.engine.step.StepTimes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.OptionalDouble;

/// A fitted model with the cost of its terms multiplied: what if a kernel, or the device, were faster. Draws are those of the fitted
/// model, so that both are compared under common random numbers.
final class ScaledStepModel implements FittedStepModel {
    private final IterationStepModel fitted;
    private final double[] multipliers;

    ScaledStepModel(IterationStepModel fitted, double[] multipliers) {
        this.fitted = fitted;
        this.multipliers = multipliers;
    }

    @Override
    public StepTimes point() {
        return fitted.times(fitted.coefficients(), multipliers);
    }

    @Override
    public StepTimes draw(int index, long seed) {
        return fitted.times(fitted.drawCoefficients(index, seed), multipliers);
    }

    @Override
    public Support supportFor(Collection<StepCounts> visited) {
        return fitted.supportFor(visited);
    }

    @Override
    public ModelSummary summary() {
        ModelSummary summary = fitted.summary();
        List<ModelSummary.Term> terms = new ArrayList<>();
        for (ModelSummary.Term term : summary.terms()) {
            double multiplier = 1;
            for (StepTerm known : StepTerm.values()) {
                multiplier = known.label().equals(term.name()) ? multipliers[known.index()] : multiplier;
            }
            terms.add(new ModelSummary.Term(term.name(), times(term.value(), multiplier), term.unit(), times(term.low95(), multiplier),
                    times(term.high95(), multiplier), term.identifiable()));
        }
        List<String> diagnosis = new ArrayList<>(summary.diagnosis());
        diagnosis.addFirst("What-if: the cost of some terms was changed as asked; everything else is as recorded.");
        return new ModelSummary(summary.level(), summary.identifiable(), diagnosis, summary.nextMeasurement(), terms, summary.fit());
    }

    private static OptionalDouble times(OptionalDouble value, double multiplier) {
        return value.isPresent() ? OptionalDouble.of(value.getAsDouble() * multiplier) : value;
    }
}
