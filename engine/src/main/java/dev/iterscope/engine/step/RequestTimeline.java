package dev.iterscope.engine.step;

import dev.iterscope.engine.request.FinishReason;
import java.util.OptionalLong;

/// What became of a request, and when; on the run's clock in nanoseconds. Latency metrics of runs and simulations both come from
/// here, so they are defined once.
///
/// arrival ≤ first schedule ≤ first token ≤ finish (invariant I6).
///
/// @param id                 the request's id
/// @param promptTokens       length of the prompt
/// @param cachedTokens       prompt tokens found in the prefix cache at first admission
/// @param outputTokens       tokens generated
/// @param preemptions        times it lost its blocks
/// @param arrivalNanos       when it arrived
/// @param firstScheduleNanos when it was first part of a plan
/// @param firstTokenNanos    when its first token was there
/// @param lastTokenNanos     when its last token was there
/// @param finishReason       why it ended
public record RequestTimeline(
        String id,
        int promptTokens,
        int cachedTokens,
        int outputTokens,
        int preemptions,
        long arrivalNanos,
        OptionalLong firstScheduleNanos,
        OptionalLong firstTokenNanos,
        OptionalLong lastTokenNanos,
        FinishReason finishReason) {}
