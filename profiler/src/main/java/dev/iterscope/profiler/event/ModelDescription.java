package dev.iterscope.profiler.event;

/// The model that is served; written as [ModelEvent], which documents each value.
public record ModelDescription(
        String name, String architecture, Layers layers, Attention attention, Experts experts, Storage storage) {

    /// The stack of layers and its width, and the vocabulary at both ends, which may share one embedding.
    public record Layers(int count, int hiddenSize, int intermediateSize, int vocabSize, boolean tiedEmbeddings) {}

    /// Heads of one attention layer.
    public record Attention(int heads, int kvHeads, int headDim) {}

    /// Mixture of experts.
    public record Experts(int count, int perToken) {

        /// A dense model.
        public static final Experts NONE = new Experts(0, 0);
    }

    /// What the weights and one token's KV entries take.
    public record Storage(String dtype, long parameters, long weightBytes, long kvBytesPerToken) {}

    void commit() {
        ModelEvent event = new ModelEvent();
        event.model = name;
        event.architecture = architecture;
        event.layers = layers.count;
        event.hiddenSize = layers.hiddenSize;
        event.intermediateSize = layers.intermediateSize;
        event.vocabSize = layers.vocabSize;
        event.tiedEmbeddings = layers.tiedEmbeddings;
        event.attentionHeads = attention.heads;
        event.kvHeads = attention.kvHeads;
        event.headDim = attention.headDim;
        event.experts = experts.count;
        event.expertsPerToken = experts.perToken;
        event.dtype = storage.dtype;
        event.parameters = storage.parameters;
        event.weightBytes = storage.weightBytes;
        event.kvBytesPerToken = storage.kvBytesPerToken;
        event.commit();
    }
}
