package dev.iterscope.engine.backend.cuda;

import dev.iterscope.engine.backend.ExecutionObserver;

/// Times the kernels of single steps.
interface KernelTimer extends AutoCloseable {
    /// Times nothing.
    KernelTimer NONE = new KernelTimer() {
        @Override
        public String source() {
            return "nothing";
        }

        @Override
        public KernelTrace begin(long iteration) {
            return KernelTrace.NONE;
        }

        @Override
        public void report(long iteration, ExecutionObserver observer) {}

        @Override
        public void close() {}
    };

    /// `events` keeps to CUDA events where CUPTI is there, too.
    String VARIABLE = "ITERSCOPE_CUDA_TIMES";

    /// CUPTI where it is there and nobody else uses it, else events.
    ///
    /// @param stream what is timed
    /// @param choice value of the environment variable [#VARIABLE], or empty
    static KernelTimer open(CudaDriver driver, long stream, String choice) {
        if (choice.equals("events")) {
            return new EventTimer(driver, stream, System::nanoTime);
        }
        return CudaLibraries.cupti(driver.version())
                .flatMap(library -> Cupti.open(library).stream())
                .<KernelTimer>map(cupti -> new CuptiTimer(cupti, driver.device().ordinal(), System::nanoTime))
                .findFirst()
                .orElseGet(() -> new EventTimer(driver, stream, System::nanoTime));
    }

    /// What it takes times from, for reports.
    String source();

    /// Starts timing the launches of a step, which the trace is told of.
    KernelTrace begin(long iteration);

    /// Reports the kernels of a step that has been waited for, if it was timed.
    void report(long iteration, ExecutionObserver observer);

    @Override
    void close();
}
