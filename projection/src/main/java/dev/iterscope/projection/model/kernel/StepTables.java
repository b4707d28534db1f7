package dev.iterscope.projection.model.kernel;

import java.util.Arrays;
import java.util.Locale;

/// Tables of whole steps: what all kernels of one part took together, by the count of the step that the part goes with. Their names start
/// with `step_`.
public final class StepTables {
    private static final String PREFIX = "step_";

    private StepTables() {}

    /// Parts of a step and what each goes with.
    public enum Part {
        /// Matrix products, by scheduled tokens.
        GEMM,
        /// Routing and grouped products of a mixture of experts, by scheduled tokens.
        MOE,
        /// Attention of context chunks, by query x key pairs.
        CONTEXT_ATTENTION,
        /// Attention of generating sequences, by KV tokens read.
        GENERATION_ATTENTION,
        /// Everything that goes once over its bytes, by scheduled tokens.
        ELEMENTWISE,
        /// All-reduce, by scheduled tokens.
        ALL_REDUCE,
        /// Sampling, by scheduled requests.
        HEAD
    }

    /// The table's name.
    public static String of(Part part) {
        return PREFIX + part.name().toLowerCase(Locale.ROOT);
    }

    /// Whether this is the name of a step's table.
    public static boolean isStep(String name) {
        return Arrays.stream(Part.values()).anyMatch(part -> of(part).equals(name));
    }

    /// The part of a table with this name.
    ///
    /// @throws IllegalArgumentException for another table's name
    public static Part part(String name) {
        return Arrays.stream(Part.values())
                .filter(part -> of(part).equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no table of a step: " + name));
    }

    /// The kind of table.
    public static Kernel kernel(String name) {
        return switch (part(name)) {
            case HEAD -> Kernel.SEQUENCES;
            case CONTEXT_ATTENTION -> Kernel.PAIRS;
            case GENERATION_ATTENTION -> Kernel.KV_TOKENS;
            case GEMM, MOE, ELEMENTWISE, ALL_REDUCE -> Kernel.TOKENS;
        };
    }
}
