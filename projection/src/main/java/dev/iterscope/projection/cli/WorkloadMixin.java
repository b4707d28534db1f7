package dev.iterscope.projection.cli;

import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.workload.Scenario;
import dev.iterscope.projection.workload.WorkloadOptions;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The workload options of `run`, `project` and `sweep`, with the names of `vllm bench serve`.
@Topic.Of(Topic.WORKLOAD)
final class WorkloadMixin {
    @Option(names = "--workload", paramLabel = "FILE",
            description = "Requests: an Azure CSV, a Mooncake JSONL, a request JSONL (input_toks, output_toks, arrival_time), a result of vllm bench serve, or a .jfr.")
    private @Nullable Path workload;

    @Option(names = "--num-prompts", paramLabel = "N",
            description = "The first N requests of the file or of the recording, or N of synthetic work.")
    private @Nullable Integer numPrompts;

    @Option(names = "--random-input-len", paramLabel = "N", description = "Mean prompt length of synthetic work (256).")
    private @Nullable Integer randomInputLen;

    @Option(names = "--random-output-len", paramLabel = "N", description = "Mean output length of synthetic work (64).")
    private @Nullable Integer randomOutputLen;

    @Option(names = "--random-range-ratio", paramLabel = "R",
            description = "Lengths are uniform within mean x (1 - R) and mean x (1 + R), 0 <= R < 1 (0).")
    private @Nullable Double randomRangeRatio;

    @Option(names = "--request-rate", paramLabel = "R",
            description = "Requests/s, or inf for all at once. With recorded arrivals, scales their gaps.")
    private @Nullable String requestRate;

    @Option(names = "--burstiness", paramLabel = "B",
            description = "Shape of the gamma-distributed gaps: 1 is Poisson, less is burstier (1).")
    private @Nullable Double burstiness;

    @Option(names = "--max-concurrency", paramLabel = "N", description = "Most requests open at once; the next is sent when one ends.")
    private @Nullable Integer maxConcurrency;

    @Option(names = "--scenario", paramLabel = "WHEN",
            description = "recorded: arrival times of the file; offline: all at once; server: random at --request-rate.")
    private @Nullable Scenario scenario;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "0",
            description = "Seed of lengths, gaps, contents and draws (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(names = "--ignore-eos", negatable = true,
            description = "Generate exactly the output length, whatever tokens come (on, but for texts of --prompt).")
    private @Nullable Boolean ignoreEos;

    /// The options as data.
    ///
    /// @throws UserInputException (usage) for a value out of range
    WorkloadOptions options() {
        return options(true);
    }

    /// The same, where `--ignore-eos` has another default.
    WorkloadOptions options(boolean ignoreEosByDefault) {
        return new WorkloadOptions(
                Optional.ofNullable(workload),
                optional(numPrompts),
                optional(randomInputLen),
                optional(randomOutputLen),
                optional(randomRangeRatio),
                rate(),
                optional(burstiness),
                optional(maxConcurrency),
                Optional.ofNullable(scenario),
                seed,
                ignoreEos == null ? ignoreEosByDefault : ignoreEos);
    }

    long seed() {
        return seed;
    }

    private OptionalDouble rate() {
        String text = requestRate;
        if (text == null) {
            return OptionalDouble.empty();
        }
        if (text.equalsIgnoreCase("inf") || text.equalsIgnoreCase("infinity")) {
            return OptionalDouble.of(Double.POSITIVE_INFINITY);
        }
        try {
            return OptionalDouble.of(Double.parseDouble(text));
        } catch (NumberFormatException e) {
            throw UserInputException.usage("--request-rate must be a number or inf: " + text);
        }
    }

    static OptionalInt optional(@Nullable Integer value) {
        return value == null ? OptionalInt.empty() : OptionalInt.of(value);
    }

    static OptionalDouble optional(@Nullable Double value) {
        return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
    }
}
