package dev.iterscope.engine.backend.cpu;

/// Where weights come from, by their names in Hugging Face checkpoints. Safe for reading from several threads.
interface TensorSource extends AutoCloseable {

    /// Copies row `row` of a matrix of `rows` x `columns` elements to `into`; a vector is a matrix of one row.
    ///
    /// @throws dev.iterscope.engine.request.UserInputException when there is no such tensor or it has another shape
    void readRow(String name, int rows, int columns, int row, float[] into);

    @Override
    void close();
}
