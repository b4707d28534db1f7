package dev.iterscope.projection.report;

import java.util.OptionalDouble;
import java.util.OptionalLong;

/// A recorded step as charts show it.
///
/// @param seconds          its end, from the recording's start
/// @param contextTokens    context tokens
/// @param generationTokens generation tokens
/// @param running          requests admitted and not finished
/// @param waiting          requests waiting
/// @param kvUsage          used share of the KV cache, 0..1
/// @param measuredMillis   its own time
/// @param predictedMillis  what the fitted model says
public record ChartStep(
        double seconds,
        int contextTokens,
        int generationTokens,
        OptionalLong running,
        OptionalLong waiting,
        OptionalDouble kvUsage,
        OptionalDouble measuredMillis,
        OptionalDouble predictedMillis) {}
