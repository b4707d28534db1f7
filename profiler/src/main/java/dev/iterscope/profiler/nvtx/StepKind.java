package dev.iterscope.profiler.nvtx;

import dev.iterscope.profiler.event.IterationCounts;
import java.util.Locale;

/// What a step computes. Its name is the name of the range, so that a tool's summaries group steps of a kind.
enum StepKind {
    CONTEXT(1, 0xFF1F77B4),
    GENERATION(2, 0xFF2CA02C),
    MIXED(3, 0xFFFF7F0E);

    private final int category;
    private final int argb;

    StepKind(int category, int argb) {
        this.category = category;
        this.argb = argb;
    }

    /// A step without requests counts as generation, of nothing.
    static StepKind of(IterationCounts counts) {
        if (counts.contextRequests() == 0) {
            return GENERATION;
        }
        return counts.generationRequests() == 0 ? CONTEXT : MIXED;
    }

    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// Number of the NVTX category; 0 means none there.
    int category() {
        return category;
    }

    int argb() {
        return argb;
    }
}
