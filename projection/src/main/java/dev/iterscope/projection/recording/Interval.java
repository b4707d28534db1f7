package dev.iterscope.projection.recording;

import java.util.OptionalDouble;
import java.util.OptionalLong;

/// Averages over a span of many steps: vLLM's 10-second lines, SGLang's decode lines.
///
/// @param engine               data-parallel rank
/// @param endNanos             end of the span on the recording's clock
/// @param spanNanos            its length
/// @param promptThroughput     prompt tokens/s
/// @param generationThroughput output tokens/s
/// @param running              running requests at its end
/// @param waiting              waiting requests at its end
/// @param kvUsage              used share of the KV cache, 0..1
/// @param prefixHitRate        hits per queried token, 0..1
public record Interval(
        int engine,
        OptionalLong endNanos,
        OptionalLong spanNanos,
        OptionalDouble promptThroughput,
        OptionalDouble generationThroughput,
        OptionalLong running,
        OptionalLong waiting,
        OptionalDouble kvUsage,
        OptionalDouble prefixHitRate) {}
