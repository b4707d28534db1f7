package dev.iterscope.engine.backend.cuda;

/// Is told around every launch, so that kernels can be timed.
interface KernelTrace {
    /// Times nothing.
    KernelTrace NONE = new KernelTrace() {};

    /// The next launch is about to be queued.
    default void before() {}

    /// It has been queued, and this is what it does.
    default void after(KernelWork work) {}
}
