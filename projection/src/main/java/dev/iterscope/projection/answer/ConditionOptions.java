package dev.iterscope.projection.answer;

import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.search.Goal;
import dev.iterscope.projection.search.Rule;
import dev.iterscope.projection.search.Slo;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/// Under which conditions to sweep, as far as the user said; the rest is what was recorded, else vLLM's defaults.
///
/// @param maxNumBatchedTokens token budgets; empty for powers of two around the recorded one
/// @param maxNumSeqs          sequence limits; empty for the recorded one
/// @param kvBlocks            KV blocks at every budget, the null block included
/// @param blockSize           tokens in a KV block
/// @param asyncScheduling     two steps in flight
/// @param prefixCaching       full blocks found again by content
/// @param reserveFullIsl      admission needs room for the whole known sequence
/// @param longPrefillTokenThreshold most prompt tokens of one request in a step; 0 for no limit
/// @param dataParallelSize    engines that serve the workload side by side
/// @param dataParallelCoupled whether they wait for each other in every step
/// @param encoderTokenMicros  microseconds that a step takes longer for each encoder token, if known
/// @param slo                 the objective
/// @param goal                the result that is maximised or minimised, if the user named one
/// @param level               probability of meeting the objective below which a setting is out
/// @param draws               draws of the model's parameters that every setting gets; 0 for point values only
public record ConditionOptions(
        List<Integer> maxNumBatchedTokens,
        List<Integer> maxNumSeqs,
        OptionalInt kvBlocks,
        OptionalInt blockSize,
        Optional<Boolean> asyncScheduling,
        Optional<Boolean> prefixCaching,
        Optional<Boolean> reserveFullIsl,
        OptionalInt longPrefillTokenThreshold,
        OptionalInt dataParallelSize,
        Optional<Boolean> dataParallelCoupled,
        OptionalDouble encoderTokenMicros,
        Slo slo,
        Optional<Goal.Key> goal,
        double level,
        int draws) {

    /// Draws unless told otherwise: enough for the ends of a 95 % interval, few enough for a minute.
    public static final int DEFAULT_DRAWS = 40;
    private static final int MOST_POINTS = 1000;
    private static final int MOST_DRAWS = 10_000;
    static final int MOST_RANKS = 1024;

    /// Nothing asked for.
    public static final ConditionOptions NONE = new ConditionOptions(
            List.of(),
            List.of(),
            OptionalInt.empty(),
            OptionalInt.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            OptionalInt.empty(),
            OptionalInt.empty(),
            Optional.empty(),
            OptionalDouble.empty(),
            Slo.NONE,
            Optional.empty(),
            Rule.DEFAULT_LEVEL,
            DEFAULT_DRAWS);

    /// Checks the ranges.
    ///
    /// @throws UserInputException with the option's name
    public ConditionOptions {
        maxNumBatchedTokens = ascending("--max-num-batched-tokens", maxNumBatchedTokens);
        maxNumSeqs = ascending("--max-num-seqs", maxNumSeqs);
        if (kvBlocks.isPresent() && kvBlocks.getAsInt() < 2) {
            throw UserInputException.usage("--num-gpu-blocks-override must be at least 2 (one block is the null block): "
                    + kvBlocks.getAsInt());
        }
        if (blockSize.isPresent() && (blockSize.getAsInt() < 1 || blockSize.getAsInt() > 65_536)) {
            throw UserInputException.usage("--block-size must be from 1 to 65536: " + blockSize.getAsInt());
        }
        if (longPrefillTokenThreshold.isPresent() && longPrefillTokenThreshold.getAsInt() < 0) {
            throw UserInputException.usage("--long-prefill-token-threshold must be at least 0 (no limit): "
                    + longPrefillTokenThreshold.getAsInt());
        }
        if (dataParallelSize.isPresent() && (dataParallelSize.getAsInt() < 1 || dataParallelSize.getAsInt() > MOST_RANKS)) {
            throw UserInputException.usage("--data-parallel-size must be from 1 to " + MOST_RANKS + ": " + dataParallelSize.getAsInt());
        }
        if (encoderTokenMicros.isPresent() && !(encoderTokenMicros.getAsDouble() >= 0 && encoderTokenMicros.getAsDouble() <= 1e9)) {
            throw UserInputException.usage("--encoder-token-micros must be from 0 to 1e9: " + encoderTokenMicros.getAsDouble());
        }
        if (!(level > 0 && level <= 1)) {
            throw UserInputException.usage("--slo-probability must be above 0 and at most 1: " + level);
        }
        if (draws < 0 || draws > MOST_DRAWS) {
            throw UserInputException.usage("--draws must be from 0 to " + MOST_DRAWS + ": " + draws);
        }
        if (!maxNumBatchedTokens.isEmpty() && !maxNumSeqs.isEmpty() && maxNumBatchedTokens.getFirst() < maxNumSeqs.getLast()) {
            throw UserInputException.usage("--max-num-batched-tokens " + maxNumBatchedTokens.getFirst() + " is below --max-num-seqs "
                    + maxNumSeqs.getLast() + ": a step needs a token for each running sequence; raise the first or lower the second");
        }
    }

    /// The same over these token budgets and sequence limits.
    public ConditionOptions over(List<Integer> budgets, List<Integer> sequences) {
        return new ConditionOptions(budgets, sequences, kvBlocks, blockSize, asyncScheduling, prefixCaching, reserveFullIsl,
                longPrefillTokenThreshold, dataParallelSize, dataParallelCoupled, encoderTokenMicros, slo, goal, level, draws);
    }

    /// The same with this number of KV blocks, the null block included.
    public ConditionOptions withKvBlocks(int blocks) {
        return new ConditionOptions(maxNumBatchedTokens, maxNumSeqs, OptionalInt.of(blocks), blockSize, asyncScheduling, prefixCaching,
                reserveFullIsl, longPrefillTokenThreshold, dataParallelSize, dataParallelCoupled, encoderTokenMicros, slo, goal, level,
                draws);
    }

    /// The same within an objective.
    public ConditionOptions within(Slo bounds) {
        return new ConditionOptions(maxNumBatchedTokens, maxNumSeqs, kvBlocks, blockSize, asyncScheduling, prefixCaching, reserveFullIsl,
                longPrefillTokenThreshold, dataParallelSize, dataParallelCoupled, encoderTokenMicros, bounds, goal, level, draws);
    }

    /// The same with a result to maximise or minimise.
    public ConditionOptions towards(Goal.Key key) {
        return new ConditionOptions(maxNumBatchedTokens, maxNumSeqs, kvBlocks, blockSize, asyncScheduling, prefixCaching, reserveFullIsl,
                longPrefillTokenThreshold, dataParallelSize, dataParallelCoupled, encoderTokenMicros, slo, Optional.of(key), level, draws);
    }

    /// The same with this number of first draws; 0 for point values only.
    public ConditionOptions withDraws(int count) {
        return new ConditionOptions(maxNumBatchedTokens, maxNumSeqs, kvBlocks, blockSize, asyncScheduling, prefixCaching, reserveFullIsl,
                longPrefillTokenThreshold, dataParallelSize, dataParallelCoupled, encoderTokenMicros, slo, goal, level, count);
    }

    private static List<Integer> ascending(String option, List<Integer> values) {
        for (int value : values) {
            if (value < 1 || value > 16_777_216) {
                throw UserInputException.usage(option + " must be from 1 to 16777216: " + value);
            }
        }
        if (values.size() > MOST_POINTS) {
            throw UserInputException.usage(option + " names more than " + MOST_POINTS + " values");
        }
        return values.stream().sorted().distinct().toList();
    }
}
