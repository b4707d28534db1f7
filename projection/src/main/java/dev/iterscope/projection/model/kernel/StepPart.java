package dev.iterscope.projection.model.kernel;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// The parts of a step that a what-if can make faster, and over which a report splits a step's time.
public enum StepPart {
    /// Matrix products of the layers.
    GEMM(0),
    /// Attention of context chunks; of whole mixed batches where the profile measures those.
    CONTEXT_ATTENTION(1),
    /// Attention of generating sequences.
    GENERATION_ATTENTION(2),
    /// Norms, activation, rotary embedding, KV write, embedding.
    ELEMENTWISE(3),
    /// All-reduce over tensor-parallel ranks.
    ALL_REDUCE(4),
    /// Output head and sampling.
    HEAD(5),
    /// Planning, launching, taking in the result.
    HOST(6);

    /// Number of parts.
    static final int COUNT = values().length;

    private final int index;

    StepPart(int index) {
        this.index = index;
    }

    int index() {
        return index;
    }

    /// The word used in options and reports.
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// The part with this word.
    public static Optional<StepPart> ofLabel(String word) {
        return Arrays.stream(values()).filter(part -> part.label().equals(word.toLowerCase(Locale.ROOT))).findFirst();
    }
}
