package dev.iterscope.projection.model;

import dev.iterscope.engine.schedule.StepCounts;
import dev.iterscope.engine.step.StepTimes;
import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/// A model of step times together with what is known about its own error. Simulations run on its [StepTimes]; reports print its
/// [ModelSummary].
public interface FittedStepModel {

    /// The best estimate.
    StepTimes point();

    /// One draw of the parameters (and of the error between runs); the same index and seed give the same draw, whatever is
    /// simulated with it, so that settings are compared under common random numbers.
    ///
    /// @param index number of the draw, from 0
    /// @param seed  the command's seed
    StepTimes draw(int index, long seed);

    /// Terms, diagnosis and errors, for the report.
    ModelSummary summary();

    /// How well the data behind this model support predictions of steps like these.
    ///
    /// @param visited counts of the steps that a simulation went through, or a sample of them
    Support supportFor(Collection<StepCounts> visited);

    /// What is missing for the prediction of a run, and the measurement that would make it [Support#INTERPOLATED]; empty where it is.
    default Optional<MissingData> missing(RunSteps run) {
        return Optional.empty();
    }

    /// What the prediction of a run would rest on, were those steps of the same service measured too.
    ///
    /// @param more      the steps to be measured
    /// @param predicted the predicted run
    default Support supportAfter(RunSteps more, RunSteps predicted) {
        return supportFor(predicted.sample());
    }

    /// What a predicted point rests on.
    enum Support {
        /// The data determine it, even where single terms cannot be told apart.
        INTERPOLATED,
        /// Outside of what was seen, but the physical terms are known.
        EXTRAPOLATED,
        /// Only limits are known.
        BOUNDED;

        /// The word used in JSON.
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
