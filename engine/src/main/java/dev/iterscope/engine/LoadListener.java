package dev.iterscope.engine;

/// Is told how far loading a model has come, on the thread that opens the engine.
public interface LoadListener {
    /// Ignores everything.
    LoadListener NONE = (done, total) -> {};

    /// So many of so many parts are loaded; the first call has `done` 0, the last one `done` equal to `total`.
    void loaded(int done, int total);
}
