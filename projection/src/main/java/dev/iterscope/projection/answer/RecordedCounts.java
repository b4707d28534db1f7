package dev.iterscope.projection.answer;

import dev.iterscope.engine.schedule.StepCounts;
import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.IterationDetail;
import java.util.OptionalLong;

/// A recorded step's work in the form that models are asked in. Fields that decide no step's time are 0.
final class RecordedCounts {
    private RecordedCounts() {}

    static StepCounts of(Iteration step, IterationDetail detail) {
        return new StepCounts(
                step.contextRequests(),
                step.contextTokens(),
                step.generationRequests(),
                step.generationTokens(),
                0,
                0,
                0,
                number(step.runningRequests()),
                number(step.waitingRequests()),
                number(step.preemptions()),
                number(detail.tokenBudget()),
                1,
                number(detail.contextKvTokens()),
                detail.contextAttentionPairs().orElse(0),
                detail.contextLengthVariance().orElse(0),
                number(detail.generationKvTokens()),
                detail.generationKvVariance().orElse(0),
                number(detail.maxKvLength()),
                0,
                0,
                number(detail.recomputedTokens()),
                0,
                0,
                number(detail.encoderInputs()),
                number(detail.encoderTokens()),
                number(detail.draftTokens()));
    }

    private static int number(OptionalLong value) {
        return Math.clamp(value.orElse(0), 0, Integer.MAX_VALUE);
    }
}
