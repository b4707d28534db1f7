package dev.iterscope.projection.recording;

import java.util.OptionalInt;
import java.util.OptionalLong;

/// A preemption as `iterscope.Preemption` records it.
///
/// @param id                request
/// @param iteration         step in which it happened
/// @param timeNanos         when, on the recording's clock
/// @param blocksFreed       blocks it gave back
/// @param tokensToRecompute tokens it has to compute again
public record PreemptionRecord(
        String id, OptionalLong iteration, OptionalLong timeNanos, OptionalInt blocksFreed, OptionalInt tokensToRecompute) {}
