package dev.iterscope.engine.backend.cpu;

import dev.iterscope.engine.backend.BackendConfig;
import dev.iterscope.engine.checkpoint.Checkpoint;

/// Where weights come from, by their names in Hugging Face checkpoints. Safe for reading from several threads.
public interface TensorSource extends AutoCloseable {

    /// The weights that a configuration asks for: a checkpoint's, or dummy ones, the same for every backend.
    ///
    /// @throws dev.iterscope.engine.request.UserInputException when the checkpoint cannot be read
    static TensorSource open(BackendConfig config) {
        if (config.weights().isPresent()) {
            return new CheckpointTensors(Checkpoint.open(config.weights().get()));
        }
        return new DummyTensors(config.seed());
    }

    /// Checks that a tensor can be read, without reading it.
    ///
    /// @throws dev.iterscope.engine.request.UserInputException when there is no such tensor, or it has another shape or type
    void require(String name, int rows, int columns);

    /// Copies row `row` of a matrix of `rows` x `columns` elements to `into`; a vector is a matrix of one row.
    void readRow(String name, int rows, int columns, int row, float[] into);

    @Override
    void close();
}
