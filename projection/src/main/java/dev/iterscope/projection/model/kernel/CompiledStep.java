package dev.iterscope.projection.model.kernel;

import dev.iterscope.engine.schedule.StepCounts;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;
import java.util.stream.Stream;

/// Times of a step's parts by its counts: arrays over tokens and requests, grids for attention.
final class CompiledStep {
    /// Tokens up to which times are tabulated; beyond, they grow in proportion.
    static final int MOST_TOKENS = 65536;

    private final OverTokens gemm;
    private final OverTokens elementwise;
    private final OverTokens allReduce;
    private final float[] head;
    private final AttentionTimes attention;
    private final int layers;
    private final double hostStepNanos;
    private final double hostRequestNanos;
    private final IntFunction<Optional<TableReach>> gemmReach;
    /// What was found before: steps of one size are many, and finding their neighbours is not cheap.
    private final Map<Integer, Optional<TableReach>> gemmReaches = new ConcurrentHashMap<>();
    private final Map<Integer, Optional<TableReach>> allReduceReaches = new ConcurrentHashMap<>();
    private final IntFunction<Optional<TableReach>> allReduceReach;

    /// Times by the tokens of a step.
    ///
    /// @param nanos  time at each number of tokens
    /// @param beyond standard deviation of its logarithm where it lies beyond what was measured; 0 elsewhere
    @SuppressWarnings("ArrayRecordComponent") // read in the innermost loop of simulations, and by nobody else
    record OverTokens(float[] nanos, float[] beyond) {
        double at(int tokens, double departs) {
            double time = CompiledStep.at(nanos, tokens);
            return departs == 0 ? time : time * Math.exp(departs * beyond[Math.min(tokens, beyond.length - 1)]);
        }
    }

    /// @param gemmReach      where products of that many tokens lie among the measured ones
    /// @param allReduceReach the same of all-reduces
    CompiledStep(
            OverTokens gemm,
            OverTokens elementwise,
            OverTokens allReduce,
            float[] head,
            AttentionTimes attention,
            int layers,
            KernelStepOptions options,
            IntFunction<Optional<TableReach>> gemmReach,
            IntFunction<Optional<TableReach>> allReduceReach) {
        this.gemm = gemm;
        this.elementwise = elementwise;
        this.allReduce = allReduce;
        this.head = head;
        this.attention = attention;
        this.layers = layers;
        this.hostStepNanos = options.hostStepNanos();
        this.hostRequestNanos = options.hostRequestNanos();
        this.gemmReach = gemmReach;
        this.allReduceReach = allReduceReach;
    }

    /// Nanoseconds of a part.
    double nanos(int part, StepCounts counts) {
        return nanos(part, counts, 0);
    }

    /// Nanoseconds of a part.
    ///
    /// @param departs how many standard deviations a time beyond the measured sizes departs from the prediction
    double nanos(int part, StepCounts counts, double departs) {
        return switch (part) {
            case 0 -> gemm.at(counts.scheduledTokens(), departs);
            case 1 -> layers * attention.contextNanos(departs, counts.contextRequests(), counts.contextTokens(),
                    counts.contextAttentionPairs(), counts.generationRequests(), kvTokens(counts));
            case 2 -> layers * attention.generationNanos(departs, counts.contextTokens(), counts.generationRequests(), kvTokens(counts));
            case 3 -> elementwise.at(counts.scheduledTokens(), departs);
            case 4 -> allReduce.at(counts.scheduledTokens(), departs);
            case 5 -> at(head, counts.scheduledRequests());
            default -> hostStepNanos + hostRequestNanos * counts.scheduledRequests();
        };
    }

    /// Where the sizes of a step's kernels lie among the measured ones, part by part.
    List<TableReach> reaches(StepCounts counts) {
        return Stream.of(
                gemmReaches.computeIfAbsent(counts.scheduledTokens(), gemmReach::apply),
                attention.contextReach(counts.contextRequests(), counts.contextTokens(), counts.contextAttentionPairs(),
                        counts.generationRequests(), kvTokens(counts)),
                attention.generationReach(counts.contextTokens(), counts.generationRequests(), kvTokens(counts)),
                allReduceReaches.computeIfAbsent(counts.scheduledTokens(), allReduceReach::apply))
                .flatMap(Optional::stream)
                .toList();
    }

    private static double kvTokens(StepCounts counts) {
        return counts.generationKvTokens() + (double) counts.generationTokens();
    }

    private static double at(float[] table, int size) {
        int last = table.length - 1;
        return size <= last ? table[size] : table[last] * ((double) size / last);
    }
}
