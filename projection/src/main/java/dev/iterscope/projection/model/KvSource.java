package dev.iterscope.projection.model;

/// Where an iteration model takes the KV tokens of generating sequences from. A log line does not say them; what it says instead
/// decides how well the attention of generation can be told from the rest.
public enum KvSource {
    /// The best that the recording has: recorded, else allocated, else replayed.
    AUTO,
    /// The KV tokens read, as our own recordings and PyTorch traces carry them.
    RECORDED,
    /// Used blocks x block size, the figure of vLLM's iteration-details proposal, less the context work in progress.
    ALLOCATED,
    /// Replayed from the step's counts, starting with an empty engine.
    REPLAYED,
    /// No KV term: what a log without KV usage would leave.
    NONE
}
