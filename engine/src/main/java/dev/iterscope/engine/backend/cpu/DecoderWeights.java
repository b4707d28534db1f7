package dev.iterscope.engine.backend.cpu;

import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.model.ModelConfig.DataType;
import java.util.ArrayList;
import java.util.List;

/// All weights of a decoder, packed for the kernels.
///
/// @param embedding  one column a token
/// @param layers     layers in order
/// @param finalNorm  RMS norm before the head
/// @param head       output head; the embedding itself where they are tied
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
record DecoderWeights(PackedMatrix embedding, List<LayerWeights> layers, float[] finalNorm, PackedMatrix head) {

    /// Bytes that [#load] allocates outside the heap.
    static long bytes(ModelConfig m) {
        DataType type = m.weightType();
        long layer = PackedMatrix.bytes(type, m.queryWidth() + 2 * m.kvWidth(), m.hiddenSize())
                + PackedMatrix.bytes(type, m.hiddenSize(), m.queryWidth())
                + PackedMatrix.bytes(type, 2 * m.intermediateSize(), m.hiddenSize())
                + PackedMatrix.bytes(type, m.hiddenSize(), m.intermediateSize());
        return m.layers() * layer + (m.tiedEmbeddings() ? 1 : 2) * PackedMatrix.bytes(type, m.vocabSize(), m.hiddenSize());
    }

    /// Reads and packs everything.
    static DecoderWeights load(ModelConfig m, TensorSource source, NativeMemory memory, WorkerPool pool) {
        Loader loader = new Loader(m, source, memory, pool);
        PackedMatrix embedding = loader.matrix(m.hiddenSize(), new Part("model.embed_tokens.weight", m.vocabSize()));
        List<LayerWeights> layers = new ArrayList<>();
        for (int i = 0; i < m.layers(); i++) {
            layers.add(loader.layer("model.layers." + i + "."));
        }
        float[] norm = loader.vector("model.norm.weight", m.hiddenSize());
        PackedMatrix head =
                m.tiedEmbeddings() ? embedding : loader.matrix(m.hiddenSize(), new Part("lm_head.weight", m.vocabSize()));
        return new DecoderWeights(embedding, List.copyOf(layers), norm, head);
    }

    /// A tensor whose outputs become columns of a packed matrix.
    private record Part(String name, int outputs) {}

    private record Loader(ModelConfig m, TensorSource source, NativeMemory memory, WorkerPool pool) {
        /// Outputs that a thread packs at a time.
        private static final int STRIPE = PackedMatrix.PANEL;

        LayerWeights layer(String prefix) {
            String attention = prefix + "self_attn.";
            String mlp = prefix + "mlp.";
            return new LayerWeights(
                    vector(prefix + "input_layernorm.weight", m.hiddenSize()),
                    matrix(
                            m.hiddenSize(),
                            new Part(attention + "q_proj.weight", m.queryWidth()),
                            new Part(attention + "k_proj.weight", m.kvWidth()),
                            new Part(attention + "v_proj.weight", m.kvWidth())),
                    m.attentionBias() ? qkvBias(attention) : null,
                    m.qkNorm() ? vector(attention + "q_norm.weight", m.headDim()) : null,
                    m.qkNorm() ? vector(attention + "k_norm.weight", m.headDim()) : null,
                    matrix(m.queryWidth(), new Part(attention + "o_proj.weight", m.hiddenSize())),
                    vector(prefix + "post_attention_layernorm.weight", m.hiddenSize()),
                    matrix(
                            m.hiddenSize(),
                            new Part(mlp + "gate_proj.weight", m.intermediateSize()),
                            new Part(mlp + "up_proj.weight", m.intermediateSize())),
                    matrix(m.intermediateSize(), new Part(mlp + "down_proj.weight", m.hiddenSize())));
        }

        private float[] qkvBias(String attention) {
            float[] bias = new float[m.queryWidth() + 2 * m.kvWidth()];
            System.arraycopy(vector(attention + "q_proj.bias", m.queryWidth()), 0, bias, 0, m.queryWidth());
            System.arraycopy(vector(attention + "k_proj.bias", m.kvWidth()), 0, bias, m.queryWidth(), m.kvWidth());
            System.arraycopy(vector(attention + "v_proj.bias", m.kvWidth()), 0, bias, m.queryWidth() + m.kvWidth(), m.kvWidth());
            return bias;
        }

        float[] vector(String name, int length) {
            float[] vector = new float[length];
            source.readRow(name, 1, length, 0, vector);
            return vector;
        }

        PackedMatrix matrix(int inputs, Part... parts) {
            int outputs = 0;
            for (Part part : parts) {
                outputs += part.outputs;
            }
            DataType type = PackedMatrix.heldAs(m.weightType());
            PackedMatrix matrix =
                    new PackedMatrix(memory.allocate(PackedMatrix.bytes(type, outputs, inputs)), type, outputs, inputs);
            int firstColumn = 0;
            for (Part part : parts) {
                int from = firstColumn;
                pool.run((stripe, worker) -> pack(part, stripe, matrix, from), Math.ceilDiv(part.outputs, STRIPE));
                firstColumn += part.outputs;
            }
            return matrix;
        }

        private void pack(Part part, int stripe, PackedMatrix matrix, int firstColumn) {
            float[] row = new float[matrix.depth()];
            int end = Math.min(part.outputs, (stripe + 1) * STRIPE);
            for (int output = stripe * STRIPE; output < end; output++) {
                source.readRow(part.name, part.outputs, matrix.depth(), output, row);
                matrix.setColumn(firstColumn + output, row);
            }
        }
    }
}
