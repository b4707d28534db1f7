package dev.iterscope.engine.backend.cuda;

import dev.iterscope.engine.backend.ExecutionObserver;

/// Times the kernels of single steps.
interface KernelTimer extends AutoCloseable {
    /// Times nothing.
    KernelTimer NONE = new KernelTimer() {
        @Override
        public KernelTrace begin(long iteration) {
            return KernelTrace.NONE;
        }

        @Override
        public void report(long iteration, ExecutionObserver observer) {}

        @Override
        public void close() {}
    };

    /// Starts timing the launches of a step, which the trace is told of.
    KernelTrace begin(long iteration);

    /// Reports the kernels of a step that has been waited for, if it was timed.
    void report(long iteration, ExecutionObserver observer);

    @Override
    void close();
}
