package dev.iterscope.projection.recording;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/// A request as a source recorded it: its arrival, its end, or both.
///
/// @param id                 the source's id
/// @param arrivalNanos       arrival on the recording's clock
/// @param promptTokens       length of the prompt
/// @param maxTokens          output limit
/// @param outputTokens       tokens generated
/// @param cachedTokens       prompt tokens served from the prefix cache
/// @param priority           lower is served first
/// @param preemptions        times it lost its blocks
/// @param queueNanos         arrival to first schedule
/// @param timeToFirstTokenNanos arrival to first token
/// @param meanTimePerOutputTokenNanos mean gap between output tokens, first token excluded
/// @param endToEndNanos      arrival to last token
/// @param interTokenNanos    gaps between tokens where the source keeps them, else empty
/// @param prefixHashes       hashes of the prompt's full blocks where recorded, else empty
/// @param finishReason       the source's word for why it ended
public record RequestRecord(
        String id,
        OptionalLong arrivalNanos,
        OptionalInt promptTokens,
        OptionalInt maxTokens,
        OptionalInt outputTokens,
        OptionalInt cachedTokens,
        OptionalInt priority,
        OptionalInt preemptions,
        OptionalLong queueNanos,
        OptionalLong timeToFirstTokenNanos,
        OptionalLong meanTimePerOutputTokenNanos,
        OptionalLong endToEndNanos,
        List<Long> interTokenNanos,
        List<Long> prefixHashes,
        Optional<String> finishReason) {}
