package dev.iterscope.projection.answer;

import dev.iterscope.engine.schedule.SchedulerConfig;
import dev.iterscope.engine.schedule.SchedulerConfig.Policy;
import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.Settings;
import dev.iterscope.projection.search.Setting;
import dev.iterscope.projection.simulate.DataParallel;
import dev.iterscope.projection.workload.Workload;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// The conditions of a sweep: what the user said, else what was recorded, else vLLM 0.19's defaults.
///
/// @param present       the budget of the recorded service, if known
/// @param settings      the points, ascending
/// @param scheduler     policies and limits
/// @param blockSize     tokens in a KV block
/// @param prefixCaching whether full blocks are found again by content
/// @param ranks         engines that serve the workload side by side
/// @param notes         what was lowered or assumed
record Conditions(
        OptionalInt present,
        List<Setting> settings,
        SchedulerConfig scheduler,
        int blockSize,
        boolean prefixCaching,
        DataParallel ranks,
        List<String> notes) {

    private static final int DEFAULT_BUDGET = 2048;
    private static final int DEFAULT_SEQS = 256;
    private static final int DEFAULT_BLOCK_SIZE = 16;
    /// Powers of two on either side of the present budget.
    private static final int POWERS = 3;
    /// A power this close to the present budget is left out.
    private static final double NEAR = 0.1;
    private static final int SMALLEST_BUDGET = 16;

    /// Resolves options against settings.
    ///
    /// @param ranks the engines to simulate, see [#ranks]
    static Conditions resolve(
            ConditionOptions options, Settings settings, OptionalInt present, Workload workload, DataParallel ranks) {
        List<String> notes = new ArrayList<>();
        List<Integer> budgets = options.maxNumBatchedTokens().isEmpty()
                ? around(present.orElse(DEFAULT_BUDGET))
                : new ArrayList<>(options.maxNumBatchedTokens());
        List<Integer> sequences = options.maxNumSeqs();
        boolean implied = sequences.isEmpty();
        if (implied) {
            int recorded = settings.maxNumSeqs().orElse(DEFAULT_SEQS);
            if (settings.maxNumSeqs().isEmpty()) {
                notes.add("max-num-seqs is not recorded; " + recorded + " is assumed");
            }
            sequences = List.of(recorded);
        }
        SchedulerConfig scheduler = new SchedulerConfig(
                budgets.getLast(),
                Math.min(budgets.getLast(), sequences.getLast()),
                settings.maxModelLen().orElse(longest(workload)),
                settings.chunkedPrefill().orElse(true),
                options.longPrefillTokenThreshold().orElse(settings.longPrefillTokenThreshold().orElse(0)),
                policy(settings),
                options.asyncScheduling().or(settings::asyncScheduling).orElse(true),
                options.reserveFullIsl().or(settings::reserveFullIsl).orElse(true),
                settings.watermark().orElse(0),
                budgets.getLast(),
                true,
                0);
        if (ranks.size() > 1) {
            notes.add(ranks.size() + " data-parallel ranks" + (ranks.coupled() ? ", which wait for each other in every step" : "")
                    + ": limits and KV capacity are each rank's; requests go to the rank with the smallest 4 x waiting + running");
        }
        return new Conditions(
                present,
                settings(budgets, sequences, implied, notes),
                scheduler,
                options.blockSize().orElse(settings.blockSize().orElse(DEFAULT_BLOCK_SIZE)),
                options.prefixCaching().or(settings::prefixCaching).orElse(true),
                ranks,
                notes);
    }

    /// The engines to simulate: what the user said, else what was recorded.
    static DataParallel ranks(ConditionOptions options, DataParallel recorded) {
        return new DataParallel(
                options.dataParallelSize().orElse(recorded.size()), options.dataParallelCoupled().orElse(recorded.coupled()));
    }

    /// Any other order than by priority, and an unknown one, is taken as first come, first served.
    static Policy policy(Settings settings) {
        return settings.policy().filter(word -> word.equalsIgnoreCase(Policy.PRIORITY.name())).isPresent()
                ? Policy.PRIORITY
                : Policy.FCFS;
    }

    private static List<Setting> settings(List<Integer> budgets, List<Integer> sequences, boolean implied, List<String> notes) {
        List<Setting> settings = new ArrayList<>();
        for (int budget : budgets) {
            for (int limit : sequences) {
                Setting setting = Setting.of(budget, limit);
                if (implied && setting.maxNumSeqs() < limit) {
                    notes.add("max-num-seqs lowered from " + limit + " to max-num-batched-tokens " + budget);
                }
                if (!settings.contains(setting)) {
                    settings.add(setting);
                }
            }
        }
        return settings;
    }

    private static List<Integer> around(int budget) {
        List<Integer> values = new ArrayList<>();
        int nearest = (int) Math.round(Math.log(budget) / Math.log(2));
        for (int power = nearest - POWERS; power <= nearest + POWERS; power++) {
            int value = 1 << Math.clamp(power, 0, 24);
            boolean near = Math.abs(value - budget) <= NEAR * budget;
            if (!near && value >= Math.min(SMALLEST_BUDGET, budget)) {
                values.add(value);
            }
        }
        values.add(budget);
        return values.stream().sorted().distinct().toList();
    }

    private static int longest(Workload workload) {
        long longest = workload.requests().stream()
                .mapToLong(request -> request.promptTokens() + (long) request.stopRules().maxTokens())
                .max()
                .orElse(1);
        return (int) Math.min(longest + 1, Integer.MAX_VALUE);
    }

    /// The recorded budget; where the source does not say it, the largest step if several steps are exactly that large.
    static Optional<Integer> presentBudget(Recording recording) {
        OptionalInt recorded = recording.settings().maxNumBatchedTokens();
        if (recorded.isPresent()) {
            return Optional.of(recorded.getAsInt());
        }
        Map<Integer, Integer> sizes = new LinkedHashMap<>();
        int largest = 0;
        for (Iteration step : recording.iterations()) {
            sizes.merge(step.scheduledTokens(), 1, Integer::sum);
            largest = Math.max(largest, step.scheduledTokens());
        }
        return sizes.getOrDefault(largest, 0) >= 3 ? Optional.of(largest) : Optional.empty();
    }
}
