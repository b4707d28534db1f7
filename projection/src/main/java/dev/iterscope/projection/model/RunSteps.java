package dev.iterscope.projection.model;

import dev.iterscope.engine.schedule.StepCounts;
import java.util.List;

/// The steps of a simulated run.
///
/// @param sample counts of steps evenly spread over the run, in its order
/// @param steps  how many steps there are, at least as many as the sample holds
public record RunSteps(List<StepCounts> sample, long steps) {
    /// Keeps an unmodifiable copy.
    public RunSteps {
        sample = List.copyOf(sample);
        steps = Math.max(steps, sample.size());
    }

    /// How many steps each of the sample stands for; 1 where there are none.
    double each() {
        return sample.isEmpty() ? 1 : (double) steps / sample.size();
    }

    /// The run's first steps.
    ///
    /// @param count how many; all where the run has fewer
    public RunSteps first(long count) {
        int kept = (int) Math.min(sample.size(), Math.ceil(count / each()));
        return new RunSteps(sample.subList(0, kept), Math.min(steps, Math.round(kept * each())));
    }
}
