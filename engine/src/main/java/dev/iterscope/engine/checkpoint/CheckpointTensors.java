package dev.iterscope.engine.checkpoint;

import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.request.UserInputException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The weights of a checkpoint, converted to floats row by row as they are packed.
final class CheckpointTensors implements TensorSource {
    private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat SINGLE = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final String REMEDY = "use the config.json of these weights";
    /// Of a head and an embedding: enough to tell two matrices from one.
    private static final long COMPARED_BYTES = 64 << 10;

    private final Checkpoint checkpoint;

    CheckpointTensors(Checkpoint checkpoint) {
        this.checkpoint = checkpoint;
    }

    @Override
    public void requireModel(ModelConfig model) {
        Set<String> names = new HashSet<>();
        for (TensorSpec tensor : TensorSpec.all(model)) {
            require(tensor.name(), tensor.rows(), tensor.columns());
            names.add(tensor.name());
        }
        // In order of their names, so that the same one is named each time.
        checkpoint.all().stream().map(Tensor::name).sorted().filter(name -> !names.contains(name)).forEach(this::requireIdle);
        if (model.tiedEmbeddings()) {
            requireSame(TensorSpec.head(model).name(), TensorSpec.embedding(model).name());
        }
    }

    /// A tensor of the decoder that is not read belongs to another model, save the tables that older writers stored.
    private void requireIdle(String name) {
        if (name.startsWith("model.") && !name.endsWith("rotary_emb.inv_freq")) {
            throw problem(checkpoint.find(name).orElseThrow(), "config.json describes a model without it", REMEDY);
        }
    }

    /// Checkpoints of tied models may hold the head too, as a copy.
    private void requireSame(String headName, String embeddingName) {
        Optional<Tensor> head = checkpoint.find(headName);
        Tensor embedding = checkpoint.find(embeddingName).orElseThrow();
        if (head.isEmpty() || !head.get().dtype().equals(embedding.dtype())) {
            return;
        }
        if (!head.get().shape().equals(embedding.shape()) || begin(head.get()).mismatch(begin(embedding)) >= 0) {
            throw problem(head.get(), "differs from " + embeddingName + ", but config.json has tie_word_embeddings true", REMEDY);
        }
    }

    private static MemorySegment begin(Tensor tensor) {
        return tensor.data().asSlice(0, Math.min(COMPARED_BYTES, tensor.data().byteSize()));
    }

    @Override
    public void require(String name, int rows, int columns) {
        tensor(name, rows, columns);
    }

    @Override
    public void requireUnchanged() {
        checkpoint.requireUnchanged();
    }

    @Override
    public void readRow(String name, int rows, int columns, int row, float[] into) {
        Tensor tensor = tensor(name, rows, columns);
        try {
            read(tensor, columns, row, into);
        } catch (InternalError e) { // how the JVM tells that mapped bytes are not there
            throw problem(tensor, "row " + row + " cannot be read: the file was cut, or its disk fails", "check it, then start again");
        }
    }

    private static void read(Tensor tensor, int columns, int row, float[] into) {
        MemorySegment data = tensor.data();
        long from = (long) row * columns;
        switch (tensor.dtype()) {
            case "F32" -> {
                for (int i = 0; i < columns; i++) {
                    into[i] = data.get(SINGLE, 4 * (from + i));
                }
            }
            case "F16" -> {
                for (int i = 0; i < columns; i++) {
                    into[i] = Float.float16ToFloat(data.get(HALF, 2 * (from + i)));
                }
            }
            default -> {
                for (int i = 0; i < columns; i++) {
                    into[i] = Float.intBitsToFloat(data.get(HALF, 2 * (from + i)) << 16); // bf16
                }
            }
        }
    }

    /// A matrix has two dimensions, a vector one.
    private Tensor tensor(String name, int rows, int columns) {
        Tensor tensor = checkpoint.require(name, rows == 1 ? List.of((long) columns) : List.of((long) rows, (long) columns));
        if (!List.of("F32", "F16", "BF16").contains(tensor.dtype())) {
            throw problem(tensor, "has dtype " + tensor.dtype() + "; F32, F16 and BF16 are supported", "use the unquantised model");
        }
        return tensor;
    }

    private static UserInputException problem(Tensor tensor, String what, String remedy) {
        return UserInputException.input(tensor.file(), "tensor " + SafetensorsHeader.printable(tensor.name()), what, remedy);
    }

    @Override
    public void close() {
        checkpoint.close();
    }
}
