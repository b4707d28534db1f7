package dev.iterscope.engine.model;

import java.util.List;
import java.util.Optional;

/// A dense decoder-only transformer with grouped-query attention and a gated MLP (Qwen2, Qwen3, Llama 3, Mistral).
///
/// @param name             preset or directory name
/// @param architecture     family, which decides norms and biases
/// @param hiddenSize       width of the residual stream
/// @param layers           number of decoder layers
/// @param heads            query heads
/// @param kvHeads          key/value heads; divides `heads`
/// @param headDim          width of a head
/// @param intermediateSize width of the gated MLP
/// @param vocabSize        tokens in the vocabulary
/// @param tiedEmbeddings   whether the output head shares the embedding's weights
/// @param qkNorm           whether queries and keys are normalised per head (Qwen3)
/// @param attentionBias    whether the q, k and v projections have a bias (Qwen2)
/// @param rmsNormEps       epsilon of the RMS norms
/// @param rope             rotary embedding
/// @param maxModelLen      longest sequence the model was made for, tokens
/// @param weightType       type in which the matrices are held
/// @param eosTokenIds      tokens that end a sequence
public record ModelConfig(
        String name,
        Architecture architecture,
        int hiddenSize,
        int layers,
        int heads,
        int kvHeads,
        int headDim,
        int intermediateSize,
        int vocabSize,
        boolean tiedEmbeddings,
        boolean qkNorm,
        boolean attentionBias,
        float rmsNormEps,
        Rope rope,
        int maxModelLen,
        DataType weightType,
        List<Integer> eosTokenIds) {

    /// Families that differ in norms, biases and rotary scaling.
    public enum Architecture {
        /// Qwen2ForCausalLM.
        QWEN2,
        /// Qwen3ForCausalLM.
        QWEN3,
        /// LlamaForCausalLM.
        LLAMA,
        /// MistralForCausalLM.
        MISTRAL
    }

    /// Storage types and their width.
    public enum DataType {
        /// IEEE single.
        F32(4),
        /// bfloat16.
        BF16(2),
        /// IEEE half.
        F16(2),
        /// 8-bit floating point (E4M3) with scales.
        FP8(1),
        /// 8-bit integers with per-group scales.
        INT8(1);

        private final int bytes;

        DataType(int bytes) {
            this.bytes = bytes;
        }

        /// Bytes of one element, scales not counted.
        public int bytes() {
            return bytes;
        }
    }

    /// Rotary position embedding.
    ///
    /// @param theta   base of the frequencies
    /// @param scaling Llama 3's frequency scaling, if any
    public record Rope(double theta, Optional<Llama3Scaling> scaling) {}

    /// Llama 3's rotary scaling ("rope_type": "llama3" in `config.json`).
    ///
    /// @param factor                        divisor of low frequencies
    /// @param lowFreqFactor                 wavelengths above original / this are divided by `factor`
    /// @param highFreqFactor                wavelengths below original / this stay as they are
    /// @param originalMaxPositionEmbeddings context length of the original training
    public record Llama3Scaling(double factor, double lowFreqFactor, double highFreqFactor, int originalMaxPositionEmbeddings) {}

    /// Checks the dimensions.
    public ModelConfig {
        requirePositive("hiddenSize", hiddenSize);
        requirePositive("layers", layers);
        requirePositive("heads", heads);
        requirePositive("kvHeads", kvHeads);
        requirePositive("headDim", headDim);
        requirePositive("intermediateSize", intermediateSize);
        requirePositive("vocabSize", vocabSize);
        requirePositive("maxModelLen", maxModelLen);
        if (heads % kvHeads != 0) {
            throw new IllegalArgumentException("heads " + heads + " is not a multiple of kvHeads " + kvHeads);
        }
        if (headDim % 2 != 0) {
            throw new IllegalArgumentException("headDim " + headDim + " is odd; rotary embedding needs pairs");
        }
        eosTokenIds = List.copyOf(eosTokenIds);
    }

    private static void requirePositive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be at least 1: " + value);
        }
    }

    /// The same with its matrices in another type: INT8 has the weights quantised while they are loaded.
    public ModelConfig withWeightType(DataType type) {
        return new ModelConfig(
                name,
                architecture,
                hiddenSize,
                layers,
                heads,
                kvHeads,
                headDim,
                intermediateSize,
                vocabSize,
                tiedEmbeddings,
                qkNorm,
                attentionBias,
                rmsNormEps,
                rope,
                maxModelLen,
                type,
                eosTokenIds);
    }

    /// Width of all query heads together.
    public int queryWidth() {
        return heads * headDim;
    }

    /// Width of the keys, and of the values, of one token.
    public int kvWidth() {
        return kvHeads * headDim;
    }

    /// Matrix parameters of one decoder layer: q, k, v, o, gate, up, down.
    public long layerParameters() {
        return (long) hiddenSize * (queryWidth() + 2L * kvWidth())
                + (long) queryWidth() * hiddenSize
                + 3L * hiddenSize * intermediateSize;
    }

    /// Parameters of embedding, layers and head; norms and biases not counted.
    public long parameters() {
        return layers * layerParameters() + (long) vocabSize * hiddenSize * (tiedEmbeddings ? 1 : 2);
    }

    /// Bytes of all weights in their storage type.
    public long weightBytes() {
        return parameters() * weightType.bytes();
    }

    /// Bytes of keys and values that one token leaves in the cache, over all layers.
    public long kvBytesPerToken(DataType kvType) {
        return 2L * layers * kvWidth() * kvType.bytes();
    }

    /// Floating-point operations of the dense layers for one token (2 per weight), head not counted.
    public double denseFlopsPerToken() {
        return 2.0 * layers * layerParameters();
    }

    /// Floating-point operations of attention for one query x key pair, over all layers: 2 for the score, 2 for the value.
    public double attentionFlopsPerPair() {
        return 4.0 * layers * queryWidth();
    }
}
