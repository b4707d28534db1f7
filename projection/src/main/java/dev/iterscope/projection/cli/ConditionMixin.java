package dev.iterscope.projection.cli;

import dev.iterscope.projection.answer.ConditionOptions;
import dev.iterscope.projection.search.Slo;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// What `project` and `sweep` share: points, conditions, objective, draws.
final class ConditionMixin {
    @Option(names = "--max-num-batched-tokens", paramLabel = "LIST", split = ",",
            description = "Token budgets to predict (powers of two around the recorded one).")
    private List<Integer> budgets = List.of();

    @Option(names = "--max-num-seqs", paramLabel = "LIST", split = ",", description = "Sequence limits to predict (the recorded one).")
    private List<Integer> sequences = List.of();

    @Option(names = "--slo", paramLabel = "BOUNDS",
            description = "Objective, for instance p99_ttft_ms<=2000,p99_tpot_ms<=50; any result key.")
    private @Nullable String slo;

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
            description = "Draws of the model's parameters for the intervals; 0 for point values only (default: ${DEFAULT-VALUE}).")
    private int draws = ConditionOptions.DEFAULT_DRAWS;

    @Mixin
    private LimitsMixin limits = new LimitsMixin();

    LimitsMixin limits() {
        return limits;
    }

    ConditionOptions options(long seed) {
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
                draws,
                seed);
    }
}
