package dev.iterscope.engine.step;

import dev.iterscope.engine.schedule.StepOutcome;
import dev.iterscope.engine.schedule.StepPlan;

/// The outcome of a step that nobody computed: every entry that reaches the end of its known tokens yields one token, which is a
/// pure function of the request and the position. So emulated runs and simulations generate the same content, and what the prefix
/// cache finds in it is the same.
///
/// @param plan the step
public record PredictedOutcome(StepPlan plan) implements StepOutcome {

    @Override
    public int tokenCount(int entry) {
        return plan.samples(entry) ? 1 : 0;
    }

    /// Not negative, and below no particular vocabulary: nothing looks it up.
    @Override
    public int token(int entry, int k) {
        long position = (long) plan.firstToken(entry) + plan.tokenCount(entry) + k;
        long z = plan.sequence(entry).request().id().hashCode() * 0x9E3779B97F4A7C15L + position * 0xD1342543DE82EF95L;
        z = (z ^ (z >>> 32)) * 0xBF58476D1CE4E5B9L;
        return (int) ((z ^ (z >>> 29)) >>> 33);
    }
}
