package dev.iterscope.engine.backend.cpu;

import dev.iterscope.engine.model.ModelConfig;
import java.util.ArrayList;
import java.util.List;

/// A tensor of a decoder as Hugging Face checkpoints name it. The families Llama, Mistral, Qwen2 and Qwen3 share the names; which
/// of the optional ones a model has follows from its configuration.
///
/// @param name    name in the checkpoint
/// @param rows    outputs; 1 for a vector
/// @param columns inputs, or the vector's length
record TensorSpec(String name, int rows, int columns) {

    static TensorSpec embedding(ModelConfig m) {
        return new TensorSpec("model.embed_tokens.weight", m.vocabSize(), m.hiddenSize());
    }

    static TensorSpec finalNorm(ModelConfig m) {
        return vector("model.norm.weight", m.hiddenSize());
    }

    static TensorSpec head(ModelConfig m) {
        return new TensorSpec("lm_head.weight", m.vocabSize(), m.hiddenSize());
    }

    static List<TensorSpec> qkv(ModelConfig m, int layer) {
        return List.of(
                attention(layer, "q_proj", m.queryWidth(), m.hiddenSize()),
                attention(layer, "k_proj", m.kvWidth(), m.hiddenSize()),
                attention(layer, "v_proj", m.kvWidth(), m.hiddenSize()));
    }

    static List<TensorSpec> qkvBias(ModelConfig m, int layer) {
        String prefix = layer(layer) + "self_attn.";
        return List.of(
                vector(prefix + "q_proj.bias", m.queryWidth()),
                vector(prefix + "k_proj.bias", m.kvWidth()),
                vector(prefix + "v_proj.bias", m.kvWidth()));
    }

    static TensorSpec queryNorm(ModelConfig m, int layer) {
        return vector(layer(layer) + "self_attn.q_norm.weight", m.headDim());
    }

    static TensorSpec keyNorm(ModelConfig m, int layer) {
        return vector(layer(layer) + "self_attn.k_norm.weight", m.headDim());
    }

    static TensorSpec output(ModelConfig m, int layer) {
        return attention(layer, "o_proj", m.hiddenSize(), m.queryWidth());
    }

    static TensorSpec inputNorm(ModelConfig m, int layer) {
        return vector(layer(layer) + "input_layernorm.weight", m.hiddenSize());
    }

    static TensorSpec postNorm(ModelConfig m, int layer) {
        return vector(layer(layer) + "post_attention_layernorm.weight", m.hiddenSize());
    }

    static List<TensorSpec> gateUp(ModelConfig m, int layer) {
        return List.of(
                mlp(layer, "gate_proj", m.intermediateSize(), m.hiddenSize()),
                mlp(layer, "up_proj", m.intermediateSize(), m.hiddenSize()));
    }

    static TensorSpec down(ModelConfig m, int layer) {
        return mlp(layer, "down_proj", m.hiddenSize(), m.intermediateSize());
    }

    /// Every tensor that the configuration asks for.
    static List<TensorSpec> all(ModelConfig m) {
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
