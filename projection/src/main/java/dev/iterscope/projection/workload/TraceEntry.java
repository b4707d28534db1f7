package dev.iterscope.projection.workload;

import dev.iterscope.engine.request.EncoderInput;
import dev.iterscope.engine.request.Prompt;
import java.util.List;
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
/// @param encoderInputs  multimodal items inside the prompt, in order, without overlap
public record TraceEntry(
        String id,
        OptionalDouble arrivalSeconds,
        int inputTokens,
        int outputTokens,
        Optional<Prompt> prompt,
        int priority,
        List<EncoderInput> encoderInputs) {

    /// Keeps an unmodifiable copy.
    public TraceEntry {
        encoderInputs = List.copyOf(encoderInputs);
    }

    /// A request of text alone.
    public TraceEntry(
            String id, OptionalDouble arrivalSeconds, int inputTokens, int outputTokens, Optional<Prompt> prompt, int priority) {
        this(id, arrivalSeconds, inputTokens, outputTokens, prompt, priority, List.of());
    }

    static TraceEntry of(String id, OptionalDouble arrivalSeconds, int inputTokens, int outputTokens) {
        return new TraceEntry(id, arrivalSeconds, inputTokens, outputTokens, Optional.empty(), 0);
    }
}
