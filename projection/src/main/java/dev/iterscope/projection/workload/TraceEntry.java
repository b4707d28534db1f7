package dev.iterscope.projection.workload;

import dev.iterscope.engine.request.Prompt;
import java.util.Optional;
import java.util.OptionalDouble;

/// One request as a file has it.
///
/// @param id             the file's id, or one made from the position
/// @param arrivalSeconds arrival in seconds from any origin
/// @param inputTokens    length of the prompt, at least 1
/// @param outputTokens   tokens generated, at least 1
/// @param prompt         the prompt's content where the file identifies it, else prompts are distinct
/// @param priority       lower is served first
public record TraceEntry(
        String id, OptionalDouble arrivalSeconds, int inputTokens, int outputTokens, Optional<Prompt> prompt, int priority) {

    static TraceEntry of(String id, OptionalDouble arrivalSeconds, int inputTokens, int outputTokens) {
        return new TraceEntry(id, arrivalSeconds, inputTokens, outputTokens, Optional.empty(), 0);
    }
}
