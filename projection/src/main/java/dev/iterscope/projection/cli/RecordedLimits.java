package dev.iterscope.projection.cli;

import dev.iterscope.engine.EngineConfig;
import dev.iterscope.engine.schedule.SchedulerConfig;
import dev.iterscope.engine.schedule.SchedulerConfig.Policy;
import dev.iterscope.projection.recording.Settings;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.stream.Stream;

/// The limits of a recorded engine, for one that emulates it.
final class RecordedLimits {
    private RecordedLimits() {}

    /// The configuration with what was recorded in place of the defaults. What was not recorded stays.
    ///
    /// @param blockSize the block size that was given
    /// @param ownMemory whether the engine's memory was given, which then decides how many KV blocks there are
    static EngineConfig apply(EngineConfig config, Settings recorded, OptionalInt blockSize, boolean ownMemory) {
        SchedulerConfig base = config.scheduler();
        int budget = recorded.maxNumBatchedTokens().orElse(base.maxNumBatchedTokens());
        SchedulerConfig scheduler = new SchedulerConfig(
                budget,
                Math.min(budget, recorded.maxNumSeqs().orElse(base.maxNumSeqs())),
                recorded.maxModelLen().orElse(base.maxModelLen()),
                recorded.chunkedPrefill().orElse(base.chunkedPrefill()),
                recorded.longPrefillTokenThreshold().orElse(base.longPrefillTokenThreshold()),
                policy(recorded, base),
                recorded.asyncScheduling().orElse(base.asyncScheduling()),
                recorded.reserveFullIsl().orElse(base.reserveFullIsl()),
                recorded.watermark().orElse(base.watermark()),
                budget,
                base.chunkedEncoderInputs(),
                base.speculativeTokens());
        int recordedSize = recorded.blockSize().orElse(config.blockSize());
        int size = blockSize.orElse(recordedSize);
        EngineConfig limited = config.withScheduler(scheduler)
                .withBlockSize(size)
                .withPrefixCaching(recorded.prefixCaching().orElse(config.prefixCaching()));
        long tokens = recorded.kvBlocks().isPresent()
                ? recorded.kvBlocks().getAsLong() * recordedSize
                : recorded.kvCapacityTokens().orElse(0);
        // The null block is one that recordings do not count.
        return tokens < size || ownMemory ? limited : limited.withKvBlocks((int) Math.min(tokens / size + 1, Integer.MAX_VALUE / 2));
    }

    private static Policy policy(Settings recorded, SchedulerConfig base) {
        return recorded.policy()
                .flatMap(word -> Stream.of(Policy.values())
                        .filter(policy -> policy.name().equals(word.toUpperCase(Locale.ROOT)))
                        .findFirst())
                .orElse(base.policy());
    }
}
