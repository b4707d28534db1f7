package dev.iterscope.projection.recording;

/// A model's dimensions as `iterscope.Model` records them; see `dev.iterscope.engine.model.ModelConfig`.
///
/// @param name             the model's name
/// @param architecture     family
/// @param hiddenSize       width of the residual stream
/// @param layers           decoder layers
/// @param heads            query heads
/// @param kvHeads          key/value heads
/// @param headDim          width of a head
/// @param intermediateSize width of the gated MLP
/// @param vocabSize        vocabulary
/// @param weightBytes      bytes of all weights
/// @param kvBytesPerToken  bytes of keys and values of one token
/// @param tiedEmbeddings   whether the head shares the embedding
public record ModelFacts(
        String name,
        String architecture,
        int hiddenSize,
        int layers,
        int heads,
        int kvHeads,
        int headDim,
        int intermediateSize,
        int vocabSize,
        long weightBytes,
        long kvBytesPerToken,
        boolean tiedEmbeddings) {}
