package dev.iterscope.engine.backend.cpu;

import dev.iterscope.engine.checkpoint.TensorSource;
import dev.iterscope.engine.checkpoint.TensorSpec;
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

    /// Checks that the source holds the model, then reads and packs it.
    ///
    /// @throws dev.iterscope.engine.request.UserInputException when it does not, or changes meanwhile
    static DecoderWeights load(ModelConfig m, TensorSource source, NativeMemory memory, WorkerPool pool, LoadProgress progress) {
        source.requireModel(m);
        DecoderWeights weights;
        try {
            weights = read(m, new Loader(m, source, memory, pool), progress);
        } catch (InternalError | IllegalStateException e) {
            // The JVM may tell of bytes that are gone some instructions late, outside the reading of the row.
            source.requireUnchanged();
            throw e;
        }
        source.requireUnchanged();
        return weights;
    }

    private static DecoderWeights read(ModelConfig m, Loader loader, LoadProgress progress) {
        PackedMatrix embedding = loader.matrix(List.of(TensorSpec.embedding(m)));
        List<LayerWeights> layers = new ArrayList<>();
        for (int i = 0; i < m.layers(); i++) {
            progress.loaded(i, m.layers());
            layers.add(loader.layer(i));
        }
        float[] norm = loader.vector(TensorSpec.finalNorm(m));
        PackedMatrix head = m.tiedEmbeddings() ? embedding : loader.matrix(List.of(TensorSpec.head(m)));
        progress.loaded(m.layers(), m.layers());
        return new DecoderWeights(embedding, List.copyOf(layers), norm, head);
    }

    /// Is told how far loading has come.
    interface LoadProgress {
        /// Ignores everything.
        LoadProgress NONE = (layers, total) -> {};

        /// So many layers of so many are loaded.
        void loaded(int layers, int total);
    }

    private record Loader(ModelConfig m, TensorSource source, NativeMemory memory, WorkerPool pool) {
        /// Outputs that a thread packs at a time.
        private static final int STRIPE = PackedMatrix.PANEL;

        LayerWeights layer(int i) {
            return new LayerWeights(
                    vector(TensorSpec.inputNorm(m, i)),
                    matrix(TensorSpec.qkv(m, i)),
                    m.attentionBias() ? joined(TensorSpec.qkvBias(m, i)) : null,
                    m.qkNorm() ? vector(TensorSpec.queryNorm(m, i)) : null,
                    m.qkNorm() ? vector(TensorSpec.keyNorm(m, i)) : null,
                    matrix(List.of(TensorSpec.output(m, i))),
                    vector(TensorSpec.postNorm(m, i)),
                    matrix(TensorSpec.gateUp(m, i)),
                    matrix(List.of(TensorSpec.down(m, i))));
        }

        float[] vector(TensorSpec tensor) {
            float[] vector = new float[tensor.columns()];
            source.readRow(tensor.name(), 1, vector.length, 0, vector);
            return vector;
        }

        private float[] joined(List<TensorSpec> vectors) {
            float[] all = new float[vectors.stream().mapToInt(TensorSpec::columns).sum()];
            int at = 0;
            for (TensorSpec tensor : vectors) {
                System.arraycopy(vector(tensor), 0, all, at, tensor.columns());
                at += tensor.columns();
            }
            return all;
        }

        /// The outputs of all parts side by side; they share their inputs.
        PackedMatrix matrix(List<TensorSpec> parts) {
            int outputs = parts.stream().mapToInt(TensorSpec::rows).sum();
            int inputs = parts.getFirst().columns();
            DataType type = PackedMatrix.heldAs(m.weightType());
            PackedMatrix matrix =
                    new PackedMatrix(memory.allocate(PackedMatrix.bytes(type, outputs, inputs)), type, outputs, inputs);
            int firstColumn = 0;
            for (TensorSpec part : parts) {
                int from = firstColumn;
                pool.run((stripe, worker) -> pack(part, stripe, matrix, from), Math.ceilDiv(part.rows(), STRIPE));
                firstColumn += part.rows();
            }
            return matrix;
        }

        private void pack(TensorSpec part, int stripe, PackedMatrix matrix, int firstColumn) {
            float[] row = new float[matrix.depth()];
            int end = Math.min(part.rows(), (stripe + 1) * STRIPE);
            for (int output = stripe * STRIPE; output < end; output++) {
                source.readRow(part.name(), part.rows(), matrix.depth(), output, row);
                matrix.setColumn(firstColumn + output, row);
            }
        }
    }
}
