package dev.iterscope.engine.backend.cpu;

/// Where weights come from, by their names in Hugging Face checkpoints. Safe for reading from several threads.
interface TensorSource extends AutoCloseable {

    /// Checks that a tensor can be read, without reading it.
    ///
    /// @throws dev.iterscope.engine.request.UserInputException when there is no such tensor, or it has another shape or type
    void require(String name, int rows, int columns);

    /// Copies row `row` of a matrix of `rows` x `columns` elements to `into`; a vector is a matrix of one row.
    void readRow(String name, int rows, int columns, int row, float[] into);

    @Override
    void close();
}
