package dev.iterscope.engine.checkpoint;

import dev.iterscope.engine.model.ModelConfig;
import java.util.ArrayList;
import java.util.List;

/// A tensor of a decoder as Hugging Face checkpoints name it. The families Llama, Mistral, Qwen2 and Qwen3 share the names; which
/// of the optional ones a model has follows from its configuration.
///
/// @param name    name in the checkpoint
/// @param rows    outputs; 1 for a vector
/// @param columns inputs, or the vector's length
public record TensorSpec(String name, int rows, int columns) {

    /// The embedding: a row a token.
    public static TensorSpec embedding(ModelConfig m) {
        return new TensorSpec("model.embed_tokens.weight", m.vocabSize(), m.hiddenSize());
    }

    /// The norm before the head.
    public static TensorSpec finalNorm(ModelConfig m) {
        return vector("model.norm.weight", m.hiddenSize());
    }

    /// The output head, of models that do not use the embedding for it.
    public static TensorSpec head(ModelConfig m) {
        return new TensorSpec("lm_head.weight", m.vocabSize(), m.hiddenSize());
    }

    /// Query, key and value projection of a layer.
    public static List<TensorSpec> qkv(ModelConfig m, int layer) {
        return List.of(
                attention(layer, "q_proj", m.queryWidth(), m.hiddenSize()),
                attention(layer, "k_proj", m.kvWidth(), m.hiddenSize()),
                attention(layer, "v_proj", m.kvWidth(), m.hiddenSize()));
    }

    /// Their biases, of families that have them.
    public static List<TensorSpec> qkvBias(ModelConfig m, int layer) {
        String prefix = layer(layer) + "self_attn.";
        return List.of(
                vector(prefix + "q_proj.bias", m.queryWidth()),
                vector(prefix + "k_proj.bias", m.kvWidth()),
                vector(prefix + "v_proj.bias", m.kvWidth()));
    }

    /// The norm of each query head, of families that have it.
    public static TensorSpec queryNorm(ModelConfig m, int layer) {
        return vector(layer(layer) + "self_attn.q_norm.weight", m.headDim());
    }

    /// The norm of each key head, of families that have it.
    public static TensorSpec keyNorm(ModelConfig m, int layer) {
        return vector(layer(layer) + "self_attn.k_norm.weight", m.headDim());
    }

    /// Attention's output projection of a layer.
    public static TensorSpec output(ModelConfig m, int layer) {
        return attention(layer, "o_proj", m.hiddenSize(), m.queryWidth());
    }

    /// The norm before a layer's attention.
    public static TensorSpec inputNorm(ModelConfig m, int layer) {
        return vector(layer(layer) + "input_layernorm.weight", m.hiddenSize());
    }

    /// The norm before a layer's MLP.
    public static TensorSpec postNorm(ModelConfig m, int layer) {
        return vector(layer(layer) + "post_attention_layernorm.weight", m.hiddenSize());
    }

    /// Gate and up projection of a layer's MLP.
    public static List<TensorSpec> gateUp(ModelConfig m, int layer) {
        return List.of(
                mlp(layer, "gate_proj", m.intermediateSize(), m.hiddenSize()),
                mlp(layer, "up_proj", m.intermediateSize(), m.hiddenSize()));
    }

    /// Down projection of a layer's MLP.
    public static TensorSpec down(ModelConfig m, int layer) {
        return mlp(layer, "down_proj", m.hiddenSize(), m.intermediateSize());
    }

    /// Every tensor that the configuration asks for.
    public static List<TensorSpec> all(ModelConfig m) {
        List<TensorSpec> all = new ArrayList<>(List.of(embedding(m), finalNorm(m)));
        if (!m.tiedEmbeddings()) {
            all.add(head(m));
        }
        for (int i = 0; i < m.layers(); i++) {
            all.addAll(qkv(m, i));
            all.addAll(gateUp(m, i));
            all.addAll(List.of(output(m, i), inputNorm(m, i), postNorm(m, i), down(m, i)));
            if (m.attentionBias()) {
                all.addAll(qkvBias(m, i));
            }
            if (m.qkNorm()) {
                all.addAll(List.of(queryNorm(m, i), keyNorm(m, i)));
            }
        }
        return all;
    }

    private static String layer(int layer) {
        return "model.layers." + layer + ".";
    }

    private static TensorSpec attention(int layer, String projection, int rows, int columns) {
        return new TensorSpec(layer(layer) + "self_attn." + projection + ".weight", rows, columns);
    }

    private static TensorSpec mlp(int layer, String projection, int rows, int columns) {
        return new TensorSpec(layer(layer) + "mlp." + projection + ".weight", rows, columns);
    }

    private static TensorSpec vector(String name, int length) {
        return new TensorSpec(name, 1, length);
    }
}
