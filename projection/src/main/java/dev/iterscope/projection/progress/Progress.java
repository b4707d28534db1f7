package dev.iterscope.projection.progress;

/// Is told how far a long piece of work has come. Cheap to call often; implementations decide what they show.
public interface Progress {
    /// Shows nothing.
    Progress NONE = (what, done, total) -> {};

    /// Work has advanced.
    ///
    /// @param what  what is being done, a few words without a full stop
    /// @param done  units done, 0 ≤ done ≤ total
    /// @param total units in all, at least 1
    void report(String what, long done, long total);
}
