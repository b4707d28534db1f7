package dev.iterscope.projection.recording;

import java.util.Locale;

/// What a kernel does.
public enum KernelKind {
    /// Dense matrix product.
    GEMM,
    /// Attention of context chunks.
    CONTEXT_ATTENTION,
    /// Attention of generating sequences.
    GENERATION_ATTENTION,
    /// RMS or layer norm.
    NORM,
    /// SwiGLU and the like.
    ACTIVATION,
    /// Rotary embedding.
    ROTARY,
    /// Writing keys and values into the paged cache.
    KV_WRITE,
    /// Embedding look-up.
    EMBEDDING,
    /// Choosing tokens from logits.
    SAMPLING,
    /// All-reduce over tensor-parallel ranks.
    ALL_REDUCE,
    /// Mixture-of-experts routing and grouped products.
    MOE,
    /// Memory copies and sets.
    COPY,
    /// A CUDA graph launched as one, whose kernels the recording does not show.
    GRAPH,
    /// Everything that the table of names does not know.
    OTHER;

    /// The word used in events, JSON and model files: lower case with underscores.
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
