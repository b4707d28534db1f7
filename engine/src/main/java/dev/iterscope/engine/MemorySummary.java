package dev.iterscope.engine;

import dev.iterscope.engine.backend.MemoryPlan;
import dev.iterscope.engine.schedule.SchedulerConfig;
import java.util.Locale;

/// Says before a run how its memory is divided.
public final class MemorySummary {
    private MemorySummary() {}

    /// One line: weights, activations and how they grow with the token budget, KV blocks and what they hold.
    ///
    /// @throws dev.iterscope.engine.request.UserInputException when the memory does not suffice or the backend cannot run here
    public static String of(EngineConfig config) {
        MemoryPlan plan = Engine.memoryPlan(config);
        int budget = config.scheduler().maxNumBatchedTokens();
        return String.format(
                Locale.ROOT,
                "memory: weights %.3f GiB, activations %.3f GiB at max-num-batched-tokens %d%s, KV cache %.3f GiB (%s, %d blocks of %d tokens); together %.3f of %.3f GiB",
                gib(plan.weightBytes()),
                gib(plan.activationBytes()),
                budget,
                slope(config, plan, budget),
                gib(plan.kvBytes()),
                config.kvType().name().toLowerCase(Locale.ROOT),
                plan.kvBlocks(),
                config.blockSize(),
                gib(plan.totalBytes()),
                gib(config.memoryBytes()));
    }

    /// What another token of budget costs, told from half the budget: that one needs less memory, so it can be planned too.
    private static String slope(EngineConfig config, MemoryPlan plan, int budget) {
        int half = budget / 2;
        if (half < config.scheduler().maxNumSeqs()) {
            return "";
        }
        MemoryPlan smaller = Engine.memoryPlan(config.withScheduler(withBudget(config.scheduler(), half)));
        double perToken = (plan.activationBytes() - smaller.activationBytes()) / (double) (budget - half);
        return String.format(Locale.ROOT, " (%.0f KiB a token)", perToken / 1024);
    }

    private static SchedulerConfig withBudget(SchedulerConfig base, int budget) {
        return new SchedulerConfig(
                budget,
                base.maxNumSeqs(),
                base.maxModelLen(),
                base.chunkedPrefill(),
                base.longPrefillTokenThreshold(),
                base.policy(),
                base.asyncScheduling(),
                base.reserveFullIsl(),
                base.watermark(),
                budget,
                base.chunkedEncoderInputs(),
                base.speculativeTokens());
    }

    private static double gib(long bytes) {
        return bytes / (double) (1L << 30);
    }
}
