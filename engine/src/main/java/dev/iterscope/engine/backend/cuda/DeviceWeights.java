package dev.iterscope.engine.backend.cuda;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.iterscope.engine.backend.ExecutionObserver;
import dev.iterscope.engine.checkpoint.TensorSource;
import dev.iterscope.engine.model.ModelConfig;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// The weights on the device, bf16, by their addresses. Projections that share their input are one matrix.
///
/// @param embedding token embedding, `[vocabulary][hiddenSize]`
/// @param layers    layers in order
/// @param finalNorm norm before the head
/// @param head      output head, `[vocabulary][hiddenSize]`; the embedding itself where they are tied
record DeviceWeights(long embedding, List<Layer> layers, long finalNorm, long head) {

    /// One decoder layer.
    ///
    /// @param inputNorm norm before attention
    /// @param qkv       query, key and value projections, `[qkvWidth][hiddenSize]`
    /// @param qkvBias   their bias, or 0
    /// @param queryNorm norm of each query head, or 0
    /// @param keyNorm   norm of each key head, or 0
    /// @param output    attention's output projection, `[hiddenSize][queryWidth]`
    /// @param postNorm  norm before the MLP
    /// @param gateUp    gate and up projections, `[2 intermediateSize][hiddenSize]`
    /// @param down      down projection, `[hiddenSize][intermediateSize]`
    record Layer(
            long inputNorm,
            long qkv,
            long qkvBias,
            long queryNorm,
            long keyNorm,
            long output,
            long postNorm,
            long gateUp,
            long down) {}

    /// A part of a matrix: a tensor whose rows follow those of the part before.
    private record Part(String name, int rows) {}

    /// Bytes that [Loader#load] allocates.
    static long bytes(ModelConfig m) {
        long qkvWidth = m.queryWidth() + 2L * m.kvWidth();
        long layer = aligned(m.hiddenSize()) * 2
                + aligned(qkvWidth * m.hiddenSize())
                + (m.attentionBias() ? aligned(qkvWidth) : 0)
                + (m.qkNorm() ? 2 * aligned(m.headDim()) : 0)
                + aligned((long) m.hiddenSize() * m.queryWidth())
                + aligned(2L * m.intermediateSize() * m.hiddenSize())
                + aligned((long) m.hiddenSize() * m.intermediateSize());
        long table = aligned((long) m.vocabSize() * m.hiddenSize());
        return m.layers() * layer + aligned(m.hiddenSize()) + (m.tiedEmbeddings() ? 1 : 2) * table;
    }

    private static long aligned(long elements) {
        return DeviceMemory.align(elements * 2);
    }

    /// Reads, rounds and uploads.
    static final class Loader {
        private static final long STAGING_BYTES = 32L << 20;

        private final ModelConfig model;
        private final TensorSource source;
        private final CudaDriver driver;
        private final DeviceMemory memory;
        private final long stream;
        private final MemorySegment staging;
        private final long copied;
        private final ExecutionObserver observer;

        /// @param scratch  released by the caller when everything is loaded
        /// @param observer told of each layer
        Loader(
                ModelConfig model,
                TensorSource source,
                CudaDriver driver,
                DeviceMemory memory,
                DeviceMemory scratch,
                long stream,
                ExecutionObserver observer) {
            this.observer = observer;
            this.model = model;
            this.source = source;
            this.driver = driver;
            this.memory = memory;
            this.stream = stream;
            long longestRow = 2L * Math.max(model.hiddenSize(), Math.max(model.queryWidth(), model.intermediateSize()));
            staging = scratch.allocatePinned(Math.max(STAGING_BYTES, longestRow));
            copied = driver.createEvent();
        }

        DeviceWeights load() {
            int hidden = model.hiddenSize();
            long embedding = matrix(hidden, new Part("model.embed_tokens.weight", model.vocabSize()));
            List<Layer> layers = new ArrayList<>();
            for (int i = 0; i < model.layers(); i++) {
                observer.loaded(i, model.layers());
                layers.add(layer("model.layers." + i + "."));
            }
            observer.loaded(model.layers(), model.layers());
            long norm = matrix(hidden, new Part("model.norm.weight", 1));
            long head = model.tiedEmbeddings() ? embedding : matrix(hidden, new Part("lm_head.weight", model.vocabSize()));
            driver.destroyEvent(copied);
            return new DeviceWeights(embedding, List.copyOf(layers), norm, head);
        }

        private Layer layer(String prefix) {
            String attention = prefix + "self_attn.";
            String mlp = prefix + "mlp.";
            int hidden = model.hiddenSize();
            return new Layer(
                    matrix(hidden, new Part(prefix + "input_layernorm.weight", 1)),
                    matrix(
                            hidden,
                            new Part(attention + "q_proj.weight", model.queryWidth()),
                            new Part(attention + "k_proj.weight", model.kvWidth()),
                            new Part(attention + "v_proj.weight", model.kvWidth())),
                    model.attentionBias() ? qkvBias(attention) : 0,
                    model.qkNorm() ? matrix(model.headDim(), new Part(attention + "q_norm.weight", 1)) : 0,
                    model.qkNorm() ? matrix(model.headDim(), new Part(attention + "k_norm.weight", 1)) : 0,
                    matrix(model.queryWidth(), new Part(attention + "o_proj.weight", hidden)),
                    matrix(hidden, new Part(prefix + "post_attention_layernorm.weight", 1)),
                    matrix(
                            hidden,
                            new Part(mlp + "gate_proj.weight", model.intermediateSize()),
                            new Part(mlp + "up_proj.weight", model.intermediateSize())),
                    matrix(model.intermediateSize(), new Part(mlp + "down_proj.weight", hidden)));
        }

        private long qkvBias(String attention) {
            long address = memory.allocate(2L * (model.queryWidth() + 2 * model.kvWidth()));
            long at = upload(address, model.queryWidth(), new Part(attention + "q_proj.bias", 1));
            at = upload(at, model.kvWidth(), new Part(attention + "k_proj.bias", 1));
            upload(at, model.kvWidth(), new Part(attention + "v_proj.bias", 1));
            return address;
        }

        private long matrix(int columns, Part... parts) {
            long rows = 0;
            for (Part part : parts) {
                rows += part.rows;
            }
            long address = memory.allocate(rows * columns * 2);
            long at = address;
            for (Part part : parts) {
                at = upload(at, columns, part);
            }
            return address;
        }

        /// Returns the address behind the part.
        private long upload(long target, int columns, Part part) {
            source.require(part.name, part.rows, columns);
            long rowBytes = 2L * columns;
            int atOnce = (int) Math.min(part.rows, staging.byteSize() / rowBytes);
            for (int first = 0; first < part.rows; first += atOnce) {
                int begin = first;
                int count = Math.min(atOnce, part.rows - first);
                IntStream.range(0, count).parallel().forEach(i -> stage(part, columns, begin + i, i));
                driver.copyToDevice(target + begin * rowBytes, staging, count * rowBytes, stream);
                driver.record(copied, stream);
                driver.synchronize(copied); // the staging memory is filled again
            }
            return target + part.rows * rowBytes;
        }

        private void stage(Part part, int columns, int row, int place) {
            float[] values = new float[columns];
            source.readRow(part.name, part.rows, columns, row, values);
            long at = (long) place * columns;
            for (int i = 0; i < columns; i++) {
                staging.setAtIndex(JAVA_SHORT, at + i, Bf16.round(values[i]));
            }
        }
    }
}
