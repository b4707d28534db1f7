package dev.iterscope.projection.simulate;

import dev.iterscope.engine.schedule.StepPlan;
import dev.iterscope.engine.step.StepTimes;

/// Step times for tests.
///
/// @param fixedNanos    per step
/// @param perTokenNanos per scheduled token
/// @param hostNanos     of the host, per step
public record TestTimes(long fixedNanos, long perTokenNanos, long hostNanos) implements StepTimes {
    @Override
    public long deviceNanos(StepPlan plan) {
        return fixedNanos + perTokenNanos * plan.counts().scheduledTokens();
    }

    @Override
    public long hostNanos(StepPlan plan) {
        return hostNanos;
    }
}
