package dev.iterscope.engine;

import dev.iterscope.engine.backend.DeviceInfo;
import dev.iterscope.engine.backend.MemoryPlan;
import dev.iterscope.engine.step.RequestTimeline;
import java.util.List;

/// What a run did.
///
/// @param timelines   every request that ended, rejected ones included, in order of their end
/// @param interTokens gaps between the tokens of a request
/// @param rejections  requests that could never run, with the reason
/// @param iterations  steps executed: as many `iterscope.Iteration` events were committed if a recording ran all the time
/// @param wallNanos   from the start of the clock to the last result
/// @param memory      how memory was divided
/// @param device      what executed the steps
public record RunResult(
        List<RequestTimeline> timelines,
        InterTokenTimes interTokens,
        List<Rejection> rejections,
        long iterations,
        long wallNanos,
        MemoryPlan memory,
        DeviceInfo device) {

    /// A request that could never run.
    ///
    /// @param id     the request's id
    /// @param reason why, in words
    public record Rejection(String id, String reason) {}

    /// Keeps unmodifiable copies of the lists.
    public RunResult {
        timelines = List.copyOf(timelines);
        rejections = List.copyOf(rejections);
    }
}
