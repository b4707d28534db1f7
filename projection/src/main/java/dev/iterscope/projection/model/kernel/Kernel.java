package dev.iterscope.projection.model.kernel;

import java.util.List;

/// A kind of kernel as measured tables have it: its sizes, and the work that follows from them.
///
/// FLOPs count a multiply-add as two. Bytes are those that must move at least once between memory and chip.
public enum Kernel {
    /// C[m,n] = A[m,k] B[k,n]. `type` is the code of a [MatrixType].
    GEMM("gemm", List.of(Axis.curve("m", 4), Axis.ordered("n"), Axis.ordered("k"), Axis.group("type"))) {
        @Override
        double flops(int[] v) {
            return 2.0 * v[0] * v[1] * v[2];
        }

        @Override
        double bytes(int[] v) {
            double width = MatrixType.ofCode(v[3]).bytes();
            return width * ((double) v[0] * v[2] + (double) v[1] * v[2]) + 2.0 * v[0] * v[1];
        }
    },

    /// Attention of whole prompts: `batch` prompts of `isl` tokens each, causal, with a sliding window or 0.
    /// `attn_type` is the type that is computed with, which need not be that of the KV cache.
    CONTEXT_ATTENTION("context_attention", List.of(
            Axis.curve("isl"), Axis.ordered("batch"), Axis.ordered("heads"), Axis.ordered("kv_heads"), Axis.group("head_dim"),
            Axis.sibling("kv_type"), Axis.sibling("window"), Axis.sibling("attn_type"))) {
        @Override
        double flops(int[] v) {
            double tokens = v[0];
            double window = v[6] > 0 ? Math.min(v[6], tokens) : tokens;
            double pairs = window * tokens - window * (window - 1) / 2;
            return 4.0 * v[1] * v[2] * v[4] * pairs;
        }

        @Override
        double bytes(int[] v) {
            return 4.0 * v[1] * v[0] * v[4] * ((double) v[2] + v[3]);
        }

        @Override
        void compareByWork(double[] c) {
            double batch = c[1];
            double heads = c[2];
            double kvHeads = c[3];
            c[1] = batch + heads;
            c[2] = heads / SPLIT_COUNTS;
            c[3] = (heads - kvHeads) / SPLIT_COUNTS;
        }
    },

    /// Attention of one new token for each of `batch` sequences of `kv` tokens.
    GENERATION_ATTENTION("generation_attention", List.of(
            Axis.curve("kv"), Axis.ordered("batch"), Axis.ordered("heads"), Axis.ordered("kv_heads"), Axis.group("head_dim"),
            Axis.sibling("kv_type"), Axis.sibling("window"), Axis.sibling("attn_type"))) {
        @Override
        double flops(int[] v) {
            return 4.0 * v[1] * v[2] * v[4] * visible(v);
        }

        @Override
        double bytes(int[] v) {
            double width = MatrixType.ofCode(v[5]).bytes();
            return 2.0 * width * v[1] * visible(v) * v[3] * v[4] + 4.0 * v[1] * v[2] * v[4];
        }

        @Override
        void compareByWork(double[] c) {
            double batch = c[1];
            double heads = c[2];
            double kvHeads = c[3];
            c[1] = batch + kvHeads;
            c[2] = (heads - kvHeads) / SPLIT_COUNTS;
            c[3] = kvHeads / SPLIT_COUNTS;
        }

        private static double visible(int[] v) {
            return v[6] > 0 ? Math.min(v[6], v[0]) : v[0];
        }
    },

    /// Attention of one batch that mixes a prompt's chunk (`chunk` tokens after `context_kv`) and `generation` sequences of
    /// `generation_kv` tokens each.
    MIXED_ATTENTION("attention", List.of(
            Axis.orderedFromZero("chunk"), Axis.orderedFromZero("context_kv"), Axis.orderedFromZero("generation"),
            Axis.orderedFromZero("generation_kv"))) {
        @Override
        double flops(int[] v) {
            return (double) v[0] * v[1] + (double) v[0] * (v[0] + 1.0) / 2;
        }

        @Override
        double bytes(int[] v) {
            return (double) v[2] * v[3] + (v[0] > 0 ? v[1] : 0) + v[0];
        }
    },

    /// What unequal lengths cost: like [#MIXED_ATTENTION] with `big` of the `generation` sequences longer than the rest.
    SKEWED_ATTENTION("attention_skew", List.of(
            Axis.orderedFromZero("chunk"), Axis.orderedFromZero("context_kv"), Axis.ordered("generation"), Axis.ordered("big"),
            Axis.ordered("small_kv"), Axis.ordered("big_kv"))) {
        @Override
        double flops(int[] v) {
            return (double) v[0] * v[1] + (double) v[0] * (v[0] + 1.0) / 2;
        }

        @Override
        double bytes(int[] v) {
            return (double) (v[2] - v[3]) * v[4] + (double) v[3] * v[5] + (v[0] > 0 ? v[1] : 0) + v[0];
        }
    },

    /// A layer whose cost goes with tokens; each layer has a table of its own.
    TOKENS("tokens", List.of(Axis.curve("tokens", 4))) {
        @Override
        double flops(int[] v) {
            return v[0];
        }

        @Override
        double bytes(int[] v) {
            return 0;
        }
    },

    /// Attention of whole steps by query x key pairs.
    PAIRS("attention_pairs", List.of(Axis.curve("pairs"))) {
        @Override
        double flops(int[] v) {
            return v[0];
        }

        @Override
        double bytes(int[] v) {
            return 0;
        }
    },

    /// Attention of whole steps by the KV tokens that are read.
    KV_TOKENS("kv_tokens", List.of(Axis.curve("kv_tokens"))) {
        @Override
        double flops(int[] v) {
            return 0;
        }

        @Override
        double bytes(int[] v) {
            return v[0];
        }
    },

    /// A layer whose cost goes with sequences (output head, sampling).
    SEQUENCES("sequences", List.of(Axis.curve("sequences"))) {
        @Override
        double flops(int[] v) {
            return v[0];
        }

        @Override
        double bytes(int[] v) {
            return 0;
        }
    },

    /// A collective over `gpus` ranks: `message` elements each (AIConfigurator counts elements, not bytes); `variant` is graph or eager,
    /// or the operation and its type.
    COLLECTIVE("all_reduce", List.of(Axis.curve("message"), Axis.ordered("gpus"), Axis.group("variant"))) {
        @Override
        double flops(int[] v) {
            return 0;
        }

        @Override
        double bytes(int[] v) {
            return 2.0 * v[0] * (v[1] - 1) / v[1];
        }
    };

    /// A split of the same work counts this much less than a change of the work.
    private static final double SPLIT_COUNTS = 3;

    private final String label;
    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<Axis> axes;

    Kernel(String label, List<Axis> axes) {
        this.label = label;
        this.axes = axes;
    }

    /// The word used in JSON and model files.
    public String label() {
        return label;
    }

    /// The sizes, in the order of a row's values.
    public List<Axis> axes() {
        return axes;
    }

    /// Arithmetic of one execution, up to a constant factor.
    abstract double flops(int[] values);

    /// Turns the logarithms of the sizes into those of quantities along which times change alike. Two batches of 8 prompts with 32
    /// heads and of 16 with 16 fill a device in the same way: the product of batch and heads counts, its split hardly.
    void compareByWork(double[] coordinates) {
        // Most kernels are compared size by size.
    }

    /// Memory traffic of one execution, up to a constant factor.
    abstract double bytes(int[] values);
}
