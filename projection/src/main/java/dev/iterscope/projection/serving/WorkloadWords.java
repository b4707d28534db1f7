package dev.iterscope.projection.serving;

import dev.iterscope.projection.workload.WorkloadOptions;
import java.util.ArrayList;
import java.util.List;

/// The workload's options as one types them, for commands to paste.
public final class WorkloadWords {
    private WorkloadWords() {}

    /// The options that were given, as a shell reads them; empty where none was.
    public static String of(WorkloadOptions options) {
        List<String> words = new ArrayList<>();
        options.file().ifPresent(file -> words.add("--workload " + Shell.file(file.toString())));
        options.numPrompts().ifPresent(value -> words.add("--num-prompts " + value));
        options.randomInputLen().ifPresent(value -> words.add("--random-input-len " + value));
        options.randomOutputLen().ifPresent(value -> words.add("--random-output-len " + value));
        options.randomRangeRatio().ifPresent(value -> words.add("--random-range-ratio " + value));
        options.requestRate().ifPresent(value -> words.add("--request-rate " + (Double.isInfinite(value) ? "inf" : value)));
        options.burstiness().ifPresent(value -> words.add("--burstiness " + value));
        options.maxConcurrency().ifPresent(value -> words.add("--max-concurrency " + value));
        options.scenario().ifPresent(value -> words.add("--scenario " + value.label()));
        if (options.seed() != 0) {
            words.add("--seed " + options.seed());
        }
        if (!options.ignoreEos()) {
            words.add("--no-ignore-eos");
        }
        return String.join(" ", words);
    }
}
