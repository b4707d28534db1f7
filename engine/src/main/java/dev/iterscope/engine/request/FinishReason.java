package dev.iterscope.engine.request;

/// Why a request ended.
public enum FinishReason {
    /// End of sequence or a stop token.
    STOP,
    /// Its own `maxTokens` or the model's length.
    LENGTH,
    /// Aborted by its user.
    ABORT,
    /// Never admitted: it cannot fit.
    REJECTED
}
