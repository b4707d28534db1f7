package dev.iterscope.engine.backend;

import dev.iterscope.engine.schedule.StepPlan;
import dev.iterscope.profiler.event.KernelRun;

/// Is told by a backend, on the thread that executes the batch, when a step's execution begins and ends, and what its kernels
/// took. This is where NVTX ranges are pushed and popped. Never told of warm-up.
public interface ExecutionObserver {
    /// Ignores everything.
    ExecutionObserver NONE = new ExecutionObserver() {};

    /// Weights are being loaded, on the thread that opens the backend: `done` of `total` parts are there.
    default void loaded(int done, int total) {}

    /// The thread is about to execute the plan.
    default void begin(StepPlan plan) {}

    /// The thread has executed the plan, or failed to.
    default void end(StepPlan plan) {}

    /// The thread goes on to the given layer of the plan, from 0; the layer before has ended. Backends whose layers the executing
    /// thread does not see, since they are launched as a whole, tell nothing.
    default void layer(int index) {}

    /// The last layer has ended.
    default void layersDone() {}

    /// True when the kernels of this step are to be timed and reported. Asked once per step.
    default boolean wantsKernels(long iteration) {
        return false;
    }

    /// A kernel has run.
    default void kernel(KernelRun run) {}
}
