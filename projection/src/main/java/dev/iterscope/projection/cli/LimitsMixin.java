package dev.iterscope.projection.cli;

import dev.iterscope.engine.EngineConfig;
import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.engine.schedule.SchedulerConfig;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Policies and KV limits that `run`, `project` and `sweep` share, with vLLM's names.
@Topic.Of(Topic.CONDITIONS)
final class LimitsMixin {
    @Option(names = "--num-gpu-blocks-override", paramLabel = "N", description = "KV blocks, the null block included.")
    private @Nullable Integer kvBlocks;

    @Option(names = "--block-size", paramLabel = "N", description = "Tokens in a KV block (recorded, else 16).")
    private @Nullable Integer blockSize;

    @Option(names = "--async-scheduling", negatable = true, description = "Plan the next step while one runs (recorded, else on).")
    private @Nullable Boolean asyncScheduling;

    @Option(names = "--enable-prefix-caching", negatable = true, description = "Find full blocks again by content (recorded, else on).")
    private @Nullable Boolean prefixCaching;

    @Option(names = "--scheduler-reserve-full-isl", negatable = true,
            description = "Admit a request only if all its known tokens fit (recorded, else on).")
    private @Nullable Boolean reserveFullIsl;

    @Option(names = "--long-prefill-token-threshold", paramLabel = "N",
            description = "Most prompt tokens of one request in a step; 0 for no limit (recorded, else 0).")
    private @Nullable Integer longPrefillTokenThreshold;

    OptionalInt kvBlocks() {
        return WorkloadMixin.optional(kvBlocks);
    }

    OptionalInt blockSize() {
        return WorkloadMixin.optional(blockSize);
    }

    Optional<Boolean> asyncScheduling() {
        return Optional.ofNullable(asyncScheduling);
    }

    Optional<Boolean> prefixCaching() {
        return Optional.ofNullable(prefixCaching);
    }

    Optional<Boolean> reserveFullIsl() {
        return Optional.ofNullable(reserveFullIsl);
    }

    OptionalInt longPrefillTokenThreshold() {
        return WorkloadMixin.optional(longPrefillTokenThreshold);
    }

    /// An engine's configuration with these limits; what was not given stays.
    EngineConfig apply(EngineConfig config, int budget, int sequences) {
        if (longPrefillTokenThreshold != null && longPrefillTokenThreshold < 0) {
            throw UserInputException.usage("--long-prefill-token-threshold must be at least 0 (no limit): " + longPrefillTokenThreshold);
        }
        SchedulerConfig base = config.scheduler();
        SchedulerConfig scheduler = new SchedulerConfig(
                budget,
                sequences,
                base.maxModelLen(),
                base.chunkedPrefill(),
                longPrefillTokenThreshold().orElse(base.longPrefillTokenThreshold()),
                base.policy(),
                asyncScheduling().orElse(base.asyncScheduling()),
                reserveFullIsl().orElse(base.reserveFullIsl()),
                base.watermark(),
                budget,
                base.chunkedEncoderInputs(),
                base.speculativeTokens());
        EngineConfig limited = config.withScheduler(scheduler).withPrefixCaching(prefixCaching().orElse(config.prefixCaching()));
        if (blockSize != null) {
            if (blockSize < 1) {
                throw UserInputException.usage("--block-size must be at least 1: " + blockSize);
            }
            limited = limited.withBlockSize(blockSize);
        }
        return kvBlocks == null ? limited : limited.withKvBlocks(kvBlocks);
    }
}
