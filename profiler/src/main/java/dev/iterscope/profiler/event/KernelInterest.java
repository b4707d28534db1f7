package dev.iterscope.profiler.event;

/// Says whether kernels of a step are wanted, so that a backend neither times nor describes them for nothing. Asking makes no object.
///
/// For one thread at a time.
public final class KernelInterest {
    /// Only asked, never committed.
    private final KernelEvent probe = new KernelEvent();

    /// A question that may be put step by step.
    public KernelInterest() {}

    /// Whether a recording takes the kernels of this step: they are off by default, and the setting [KernelSampling] takes every nth step.
    public boolean in(int iteration) {
        if (!probe.isEnabled()) {
            return false;
        }
        probe.iteration = iteration;
        return probe.shouldCommit();
    }
}
