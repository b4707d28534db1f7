package dev.iterscope.projection.model;

import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.Recording;
import java.util.List;

/// What a recorded step's attention went over, from the best source that the recording has: recorded, worked out from the blocks in use, or
/// replayed from the counts of the steps, starting with an empty engine. The step marks of vLLM say counts only.
///
/// @param iteration          the step
/// @param contextPairs       query x key pairs of its context chunks
/// @param generationKvTokens KV tokens read for its generating sequences
public record RecordedWork(Iteration iteration, double contextPairs, double generationKvTokens) {

    /// The work of every step of a recording, by engine and in their order.
    public static List<RecordedWork> of(Recording recording) {
        return StepSamples.steps(recording)
                .stream()
                .flatMap(List::stream)
                .map(step -> new RecordedWork(step.iteration(), step.work().pairs(), step.work().kvTokens()))
                .toList();
    }
}
