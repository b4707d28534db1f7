package dev.iterscope.projection.cli;

import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.answer.ConditionOptions;
import dev.iterscope.projection.metrics.ServingMetrics;
import dev.iterscope.projection.search.Goal;
import dev.iterscope.projection.search.Rule;
import dev.iterscope.projection.search.Slo;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// What `project` and `sweep` share: points, conditions, objective, draws.
@Topic.Of(Topic.CONDITIONS)
final class ConditionMixin {
    @Topic.Of(Topic.COMMON)
    @Option(names = "--max-num-batched-tokens", paramLabel = "LIST", split = ",",
            description = "Token budgets to predict (powers of two around the recorded one).")
    private List<Integer> budgets = List.of();

    @Topic.Of(Topic.COMMON)
    @Option(names = "--max-num-seqs", paramLabel = "LIST", split = ",", description = "Sequence limits to predict (the recorded one).")
    private List<Integer> sequences = List.of();

    @Topic.Of(Topic.COMMON)
    @Option(names = "--slo", paramLabel = "BOUNDS",
            description = "Objective, for instance p99_ttft_ms<=2000,p99_tpot_ms<=50; any result key.")
    private @Nullable String slo;

    @Topic.Of(Topic.COMMON)
    @Option(names = "--minimize", paramLabel = "KEY",
            description = "Among the settings that meet --slo, prefer the lowest value of this result, for instance mean_e2el_ms.")
    private @Nullable String minimize;

    @Topic.Of(Topic.COMMON)
    @Option(names = "--maximize", paramLabel = "KEY",
            description = "Among the settings that meet --slo, prefer the highest value of this result (default: the request rate within --slo).")
    private @Nullable String maximize;

    @Option(names = "--slo-probability", paramLabel = "P", defaultValue = "0.9",
            description = "Leave out settings that meet --slo with a lower probability than this (default: ${DEFAULT-VALUE}).")
    private double probability = Rule.DEFAULT_LEVEL;

    @Option(names = "--data-parallel-size", paramLabel = "N",
            description = "Engines that serve the workload side by side, each with these limits and its own KV cache (recorded, else 1).")
    private @Nullable Integer dataParallelSize;

    @Option(names = "--data-parallel-coupled", negatable = true,
            description = "These engines wait for each other in every step, as those of mixture-of-experts models do (recorded, else off).")
    private @Nullable Boolean dataParallelCoupled;

    @Option(names = "--encoder-token-micros", paramLabel = "US",
            description = "Microseconds a step takes longer for each encoder token; needed where the workload has encoder_inputs.")
    private @Nullable Double encoderTokenMicros;

    @Option(names = "--draws", paramLabel = "N", defaultValue = "40",
            description = "First draws of the model's parameters at each setting, for intervals and probabilities; settings that can still win get more."
                    + " 0: point values only (default: ${DEFAULT-VALUE}).")
    private int draws = ConditionOptions.DEFAULT_DRAWS;

    @Mixin
    private LimitsMixin limits = new LimitsMixin();

    LimitsMixin limits() {
        return limits;
    }

    ConditionOptions options() {
        return new ConditionOptions(
                budgets,
                sequences,
                limits.kvBlocks(),
                limits.blockSize(),
                limits.asyncScheduling(),
                limits.prefixCaching(),
                limits.reserveFullIsl(),
                limits.longPrefillTokenThreshold(),
                WorkloadMixin.optional(dataParallelSize),
                Optional.ofNullable(dataParallelCoupled),
                encoderTokenMicros == null ? OptionalDouble.empty() : OptionalDouble.of(encoderTokenMicros),
                slo == null ? Slo.NONE : Slo.parse(slo),
                goal(),
                probability,
                draws);
    }

    private Optional<Goal.Key> goal() {
        if (minimize != null && maximize != null) {
            throw UserInputException.usage("give --minimize or --maximize, not both");
        }
        return Optional.ofNullable(minimize)
                .map(key -> new Goal.Key(known("--minimize", key), Goal.Direction.LOWER))
                .or(() -> Optional.ofNullable(maximize).map(key -> new Goal.Key(known("--maximize", key), Goal.Direction.HIGHER)));
    }

    private static String known(String option, String key) {
        if (!ServingMetrics.KEYS.contains(key)) {
            throw UserInputException.usage(option + " " + key + ": no result has this key; use one of " + Slo.nearest(key));
        }
        return key;
    }
}
