package dev.iterscope.projection.answer;

import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.workload.InferredWorkload;
import dev.iterscope.projection.workload.RecordedWorkload;
import dev.iterscope.projection.workload.Trace;
import dev.iterscope.projection.workload.Workload;
import dev.iterscope.projection.workload.WorkloadOptions;
import dev.iterscope.projection.workload.Workloads;
import java.util.Optional;
import java.util.OptionalInt;

/// A workload and whether an answer may rest on it.
///
/// @param workload what is served
/// @param doubt    why no recommendation can rest on it; empty when one can
/// @param assumed  what an answer depends on that was inferred, not recorded; empty when nothing was
record Served(Workload workload, Optional<Refusal> doubt, Optional<String> assumed) {
    static final String GIVE_WORKLOAD =
            "give the requests with --workload, or --num-prompts with --random-input-len and --random-output-len";

    /// What the user asked for, else the recorded requests, else what the counts of steps let guess.
    ///
    /// @param ranks engines that will serve it
    static Optional<Served> find(WorkloadOptions options, Optional<Recording> recording, OptionalInt present, int ranks) {
        if (options.file().isPresent() || options.asksForSynthetic()) {
            return Optional.of(new Served(Workloads.make(options, OptionalInt.empty()), Optional.empty(), Optional.empty()));
        }
        return known(options, recording, present, ranks)
                .or(() -> options.numPrompts().isPresent()
                        ? Optional.of(new Served(Workloads.make(options, OptionalInt.empty()), Optional.empty(), Optional.empty()))
                        : Optional.empty());
    }

    /// The recorded requests, else what the counts of steps let guess; of both, as many as the user asked for.
    private static Optional<Served> known(WorkloadOptions options, Optional<Recording> recording, OptionalInt present, int ranks) {
        Optional<Trace> recorded = recording.flatMap(RecordedWorkload::trace);
        if (recorded.isPresent()) {
            return Optional
                    .of(new Served(Workloads.apply(recorded.get(), options, OptionalInt.empty()), Optional.empty(), Optional.empty()));
        }
        if (present.isEmpty() || recording.isEmpty()) {
            return Optional.empty();
        }
        return InferredWorkload.of(recording.get(), present.getAsInt(), ranks).map(guess -> new Served(
                Workloads.apply(guess.trace(), options, OptionalInt.empty()),
                guess.outputSeen()
                        ? Optional.empty()
                        : Optional.of(new Refusal("no request was seen to end, so the workload had to be assumed", GIVE_WORKLOAD)),
                Optional.of("the requests are as inferred from the steps")));
    }
}
