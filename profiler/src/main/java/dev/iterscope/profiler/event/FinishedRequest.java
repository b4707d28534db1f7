package dev.iterscope.profiler.event;

import java.util.OptionalLong;

/// What is known of a request at its end; written as [RequestEvent]. Times are in nanoseconds and not negative.
///
/// @param id identifier of the request
/// @param promptTokens length of the prompt
/// @param cachedTokens prompt tokens that the prefix cache served
/// @param outputTokens tokens generated
/// @param preemptions times that it lost its KV blocks
/// @param queueNanos from arrival to the first step that scheduled it; empty if none did
/// @param timeToFirstTokenNanos from arrival to the first token; empty if none came
/// @param meanTimePerOutputTokenNanos mean time of the tokens after the first; empty with fewer than two tokens
/// @param endToEndNanos from arrival to the end
/// @param finishReason stop, length, abort or error
public record FinishedRequest(
        String id,
        int promptTokens,
        int cachedTokens,
        int outputTokens,
        int preemptions,
        OptionalLong queueNanos,
        OptionalLong timeToFirstTokenNanos,
        OptionalLong meanTimePerOutputTokenNanos,
        long endToEndNanos,
        String finishReason) {}
