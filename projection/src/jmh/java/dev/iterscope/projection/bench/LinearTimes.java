package dev.iterscope.projection.bench;

import dev.iterscope.engine.schedule.StepCounts;
import dev.iterscope.engine.schedule.StepPlan;
import dev.iterscope.engine.step.StepTimes;

/// What the steps of the served workload take: a fixed part, a part per token, per pair and per KV token.
final class LinearTimes implements StepTimes {
    @Override
    public long deviceNanos(StepPlan plan) {
        return nanos(plan.counts());
    }

    static long nanos(StepCounts counts) {
        return Math.round(8e6 + 40e3 * counts.scheduledTokens() + 2 * counts.contextAttentionPairs() + 60.0 * counts.generationKvTokens());
    }

    @Override
    public long hostNanos(StepPlan plan) {
        return 0;
    }
}
