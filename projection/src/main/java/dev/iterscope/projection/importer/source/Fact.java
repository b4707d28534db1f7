package dev.iterscope.projection.importer.source;

/// What a source can say about an engine's settings; each is a component of [dev.iterscope.projection.recording.Settings].
public enum Fact {
    ENGINE_NAME(String.class),
    ENGINE_VERSION(String.class),
    MAX_NUM_BATCHED_TOKENS(Integer.class),
    MAX_NUM_SEQS(Integer.class),
    MAX_MODEL_LEN(Integer.class),
    BLOCK_SIZE(Integer.class),
    KV_BLOCKS(Long.class),
    KV_CAPACITY_TOKENS(Long.class),
    KV_TYPE(String.class),
    ASYNC_SCHEDULING(Boolean.class),
    PREFIX_CACHING(Boolean.class),
    CHUNKED_PREFILL(Boolean.class),
    RESERVE_FULL_ISL(Boolean.class),
    WATERMARK(Double.class),
    LONG_PREFILL_TOKEN_THRESHOLD(Integer.class),
    POLICY(String.class),
    TENSOR_PARALLEL(Integer.class),
    DATA_PARALLEL(Integer.class),
    PIPELINE_PARALLEL(Integer.class),
    ATTENTION_BACKEND(String.class),
    MODEL(String.class),
    BACKEND(String.class);

    private final Class<?> type;

    Fact(Class<?> type) {
        this.type = type;
    }

    /// The type of its value.
    Class<?> type() {
        return type;
    }
}
