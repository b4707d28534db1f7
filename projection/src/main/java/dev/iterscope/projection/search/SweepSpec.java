package dev.iterscope.projection.search;

import dev.iterscope.engine.kvcache.KvCacheConfig;
import dev.iterscope.engine.schedule.SchedulerConfig;
import dev.iterscope.engine.step.StepTimes;
import dev.iterscope.projection.model.FittedStepModel;
import dev.iterscope.projection.simulate.DataParallel;
import dev.iterscope.projection.simulate.SimulationResult;
import dev.iterscope.projection.simulate.Simulator;
import dev.iterscope.projection.workload.Workload;
import java.util.List;
import java.util.OptionalLong;

/// What to sweep, and under which conditions.
///
/// @param settings      the points, ascending
/// @param scheduler     policies; budget and sequence limit are replaced by each setting's
/// @param blockSize     tokens in a KV block
/// @param prefixCaching whether full blocks are found again by content
/// @param ranks         engines that serve the workload side by side; limits and KV capacity are those of each
/// @param capacity      KV capacity at each budget
/// @param workload      what is served
/// @param model         what steps cost
/// @param rule          the objective, and what is maximised within it
/// @param draws         draws of the model's parameters for the intervals; 0 for point values only
/// @param stream        which stream of random numbers the draws are from; the same for every command, so that no seed decides
public record SweepSpec(
        List<Setting> settings,
        SchedulerConfig scheduler,
        int blockSize,
        boolean prefixCaching,
        DataParallel ranks,
        KvCapacity capacity,
        Workload workload,
        FittedStepModel model,
        Rule rule,
        int draws,
        long stream) {

    /// Most blocks that are simulated: 16 million blocks of 16 tokens hold more than any device, and their bookkeeping fits into memory.
    private static final int MOST_BLOCKS = 16_000_000;

    /// Keeps an unmodifiable copy.
    public SweepSpec {
        settings = List.copyOf(settings);
    }

    /// The same conditions for other settings and another KV capacity, without draws.
    SweepSpec pointValues(List<Setting> others, KvCapacity kvCapacity) {
        return new SweepSpec(
                others, scheduler, blockSize, prefixCaching, ranks, kvCapacity, workload, model, rule, 0, stream);
    }

    /// The objective.
    public Slo slo() {
        return rule.slo();
    }

    /// Serves requests with one setting.
    ///
    /// @param capacityTokens tokens that each engine's KV cache holds, if known
    /// @param requests       what to serve
    /// @param times          what steps cost
    SimulationResult simulate(Setting setting, OptionalLong capacityTokens, Workload requests, StepTimes times) {
        return Simulator.run(
                ranks, schedulerOf(setting), cacheOf(setting, capacityTokens), requests, times, slo().goodputLimits());
    }

    /// The scheduler of one setting.
    private SchedulerConfig schedulerOf(Setting setting) {
        return new SchedulerConfig(
                setting.maxNumBatchedTokens(),
                setting.maxNumSeqs(),
                scheduler.maxModelLen(),
                scheduler.chunkedPrefill(),
                scheduler.longPrefillTokenThreshold(),
                scheduler.policy(),
                scheduler.asyncScheduling(),
                scheduler.reserveFullIsl(),
                scheduler.watermark(),
                Math.max(scheduler.encoderBudgetTokens(), setting.maxNumBatchedTokens()),
                scheduler.chunkedEncoderInputs(),
                scheduler.speculativeTokens());
    }

    /// The KV cache of one setting: what is known, else room for everything that can run at once.
    ///
    /// @param capacityTokens usable tokens, if known
    private KvCacheConfig cacheOf(Setting setting, OptionalLong capacityTokens) {
        long longest = workload.requests().stream()
                .mapToLong(request -> request.promptTokens() + (long) request.stopRules().maxTokens())
                .max()
                .orElse(1);
        long blocksPerSequence = (Math.min(longest, scheduler.maxModelLen()) + blockSize) / blockSize;
        long roomForAll = blocksPerSequence * setting.maxNumSeqs();
        long blocks = capacityTokens.isPresent() ? capacityTokens.getAsLong() / blockSize : roomForAll;
        long usable = Math.clamp(blocks, 1, MOST_BLOCKS);
        return KvCacheConfig.of(blockSize, (int) usable + 1, prefixCaching);
    }
}
