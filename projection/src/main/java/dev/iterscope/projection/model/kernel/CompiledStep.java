package dev.iterscope.projection.model.kernel;

import dev.iterscope.engine.schedule.StepCounts;

/// Times of a step's parts by its counts: arrays over tokens and requests, grids for attention.
final class CompiledStep {
    /// Tokens up to which times are tabulated; beyond, they grow in proportion.
    static final int MOST_TOKENS = 65536;

    private final float[] gemm;
    private final float[] elementwise;
    private final float[] allReduce;
    private final float[] head;
    private final AttentionTimes attention;
    private final int layers;
    private final double hostStepNanos;
    private final double hostRequestNanos;

    CompiledStep(
            float[] gemm,
            float[] elementwise,
            float[] allReduce,
            float[] head,
            AttentionTimes attention,
            int layers,
            KernelStepOptions options) {
        this.gemm = gemm;
        this.elementwise = elementwise;
        this.allReduce = allReduce;
        this.head = head;
        this.attention = attention;
        this.layers = layers;
        this.hostStepNanos = options.hostStepNanos();
        this.hostRequestNanos = options.hostRequestNanos();
    }

    double nanos(int part, StepCounts counts) {
        return switch (part) {
            case 0 -> at(gemm, counts.scheduledTokens());
            case 1 -> layers * attention.contextNanos(counts.contextRequests(), counts.contextTokens(), counts.contextAttentionPairs(),
                    counts.generationRequests(), counts.generationKvTokens() + (double) counts.generationTokens());
            case 2 -> layers * attention.generationNanos(counts.contextTokens(), counts.generationRequests(),
                    counts.generationKvTokens() + (double) counts.generationTokens());
            case 3 -> at(elementwise, counts.scheduledTokens());
            case 4 -> at(allReduce, counts.scheduledTokens());
            case 5 -> at(head, counts.scheduledRequests());
            default -> hostStepNanos + hostRequestNanos * counts.scheduledRequests();
        };
    }

    private static double at(float[] table, int size) {
        int last = table.length - 1;
        return size <= last ? table[size] : table[last] * ((double) size / last);
    }
}
