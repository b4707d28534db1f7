package dev.iterscope.projection.model;

import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.Recording;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/// How often a recorded service's KV cache was full. Where the recording does not say how much of it was used, the use is replayed from the
/// counts of the steps.
///
/// @param shareOfSteps steps in which at least [#FULL] of the cache was used, 0..1
/// @param basis        how the use is known
public record KvFill(double shareOfSteps, Basis basis) {
    /// A cache counts as full from this share on: the next long prompt does not fit.
    public static final double FULL = 0.95;

    /// How the use is known.
    public enum Basis {
        /// The recording shows it for each step.
        RECORDED,
        /// It was replayed from the counts, starting with an empty engine.
        REPLAYED
    }

    /// What a recording shows; empty where the capacity is unknown or there are no steps.
    public static Optional<KvFill> of(Recording recording) {
        OptionalLong capacity = recording.settings().kvCapacityTokens();
        int budget = recording.settings().maxNumBatchedTokens().orElse(Integer.MAX_VALUE);
        Map<Integer, CountReplay> replays = new HashMap<>();
        long steps = 0;
        long known = 0;
        long full = 0;
        for (Iteration step : recording.iterations()) {
            if (step.isDummy()) {
                continue;
            }
            OptionalDouble share = step.kv().map(kv -> kv.share()).orElse(OptionalDouble.empty());
            CountReplay.Reads reads = replays.computeIfAbsent(step.engine(), _ -> new CountReplay(budget)).next(step);
            if (share.isEmpty() && capacity.isPresent() && capacity.getAsLong() > 0) {
                share = OptionalDouble.of((reads.generationKvTokens() + reads.contextTokensHeld()) / capacity.getAsLong());
            } else {
                known++;
            }
            steps++;
            full += share.orElse(0) >= FULL ? 1 : 0;
        }
        if (steps == 0 || (known == 0 && capacity.isEmpty())) {
            return Optional.empty();
        }
        return Optional.of(new KvFill((double) full / steps, known == steps ? Basis.RECORDED : Basis.REPLAYED));
    }
}
