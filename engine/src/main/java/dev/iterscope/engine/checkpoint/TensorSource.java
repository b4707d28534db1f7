package dev.iterscope.engine.checkpoint;

import dev.iterscope.engine.model.ModelConfig;
import java.nio.file.Path;
import java.util.Optional;

/// Where weights come from, by their names in Hugging Face checkpoints. Safe for reading from several threads.
public interface TensorSource extends AutoCloseable {

    /// The checkpoint's weights where there is one, else dummy ones of that seed.
    ///
    /// @throws dev.iterscope.engine.request.UserInputException when the checkpoint cannot be read
    static TensorSource open(Optional<Path> checkpoint, long seed) {
        return checkpoint.map(folder -> of(Checkpoint.open(folder))).orElseGet(() -> dummy(seed));
    }

    /// The weights of a checkpoint, which is closed with this.
    static TensorSource of(Checkpoint checkpoint) {
        return new CheckpointTensors(checkpoint);
    }

    /// Weights made from a seed, the same for every backend.
    static TensorSource dummy(long seed) {
        return new DummyTensors(seed);
    }

    /// Checks that every tensor of the model can be read, and that the source holds no weights that the model would leave out; reads none.
    ///
    /// @throws dev.iterscope.engine.request.UserInputException when a tensor is missing, has another shape or type, or is one too many
    default void requireModel(ModelConfig model) {
        // Weights that are made up can be made up for any model.
    }

    /// Checks that a tensor can be read, without reading it.
    ///
    /// @throws dev.iterscope.engine.request.UserInputException when there is no such tensor, or it has another shape or type
    void require(String name, int rows, int columns);

    /// Copies row `row` of a matrix of `rows` x `columns` elements to `into`; a vector is a matrix of one row.
    void readRow(String name, int rows, int columns, int row, float[] into);

    /// Checks that all that was read is what the source held when it was opened; to be asked after the last read.
    ///
    /// @throws dev.iterscope.engine.request.UserInputException when a file was cut or written to meanwhile
    default void requireUnchanged() {
        // Nor do they change.
    }

    @Override
    void close();
}
