package dev.iterscope.projection.answer;

import dev.iterscope.engine.schedule.StepCounts;
import dev.iterscope.engine.schedule.StepPlan;
import dev.iterscope.engine.step.StepTimes;
import dev.iterscope.projection.model.FittedStepModel;
import dev.iterscope.projection.model.MissingData;
import dev.iterscope.projection.model.ModelSummary;
import dev.iterscope.projection.model.RunSteps;
import java.util.Collection;
import java.util.Optional;

/// A step model of text, and an encoder before it: a step takes longer by a given time for each encoder token that it computes. Draws do
/// not vary that time, since nothing is known of its error.
///
/// @param base          what steps of text cost
/// @param nanosPerToken nanoseconds per encoder token, at least 0
record WithEncoder(FittedStepModel base, double nanosPerToken) implements FittedStepModel {

    private StepTimes and(StepTimes text) {
        return new StepTimes() {
            @Override
            public long deviceNanos(StepPlan plan) {
                return text.deviceNanos(plan) + Math.round(nanosPerToken * plan.counts().encoderTokens());
            }

            @Override
            public long hostNanos(StepPlan plan) {
                return text.hostNanos(plan);
            }
        };
    }

    @Override
    public StepTimes point() {
        return and(base.point());
    }

    @Override
    public StepTimes draw(int index, long seed) {
        return and(base.draw(index, seed));
    }

    @Override
    public ModelSummary summary() {
        return base.summary();
    }

    @Override
    public Support supportFor(Collection<StepCounts> visited) {
        return base.supportFor(visited);
    }

    @Override
    public Optional<MissingData> missing(RunSteps run) {
        return base.missing(run);
    }

    @Override
    public Support supportAfter(RunSteps more, RunSteps predicted) {
        return base.supportAfter(more, predicted);
    }
}
