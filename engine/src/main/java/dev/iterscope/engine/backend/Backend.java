package dev.iterscope.engine.backend;

import dev.iterscope.engine.step.StepExecutor;

/// An opened backend: executes plans, owns weights, KV memory and the tokens of the sequences it has seen.
///
/// Plans say which positions to compute and in which blocks; the backend keeps each sequence's own history (prompt from the
/// request, outputs as it sampled them), so that a step may be planned before the previous one's tokens are known.
public interface Backend extends StepExecutor, AutoCloseable {

    /// Compiles and warms what a step of up to `maxNumBatchedTokens` tokens needs. Leaves no event, no range, no state.
    void warmUp();

    /// A run comes that uses KV blocks below `end` alone. Where the system gives memory only when it is written to, these blocks' is written to
    /// now, so that no step waits for it. Not to be called while a step is under way.
    default void expectBlocks(int end) {}

    /// The device, for reports and the `iterscope.Device` event.
    DeviceInfo device();

    /// A window of iterations that profilers are to capture begins with the next step. Backends without a profiler of their own
    /// ignore it.
    default void profilerStart() {}

    /// The window has ended with the step before. Returns when the device has done that step's work, so that none of it is left out.
    default void profilerStop() {}

    @Override
    void close();
}
