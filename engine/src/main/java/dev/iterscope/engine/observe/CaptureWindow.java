package dev.iterscope.engine.observe;

import dev.iterscope.engine.backend.Backend;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.schedule.StepOutcome;
import dev.iterscope.engine.schedule.StepPlan;
import dev.iterscope.engine.step.StepExecutor;
import dev.iterscope.profiler.nvtx.CaptureRange;
import java.util.ArrayDeque;
import java.util.Deque;

/// Has profilers capture the steps `first` to `last` only: opens a window, the backend's own (cuProfilerStart) and the NVTX range
/// `capture`, before the first is submitted, and closes it when the result of the last one is there, since a device works on a step
/// long after it was submitted. With two steps in flight the one behind the window shows in it too.
///
/// A run that ends within the window closes it. Used by one thread at a time.
public final class CaptureWindow implements StepExecutor, AutoCloseable {
    private final Backend backend;
    private final CaptureRange range;
    private final long first;
    private final long last;
    private final Deque<Long> inFlight = new ArrayDeque<>();
    private Runnable close = () -> {};

    /// A window over the steps of `backend`.
    ///
    /// @param first first iteration of the window
    /// @param last  last iteration of the window
    public CaptureWindow(Backend backend, CaptureRange range, long first, long last) {
        this.backend = backend;
        this.range = range;
        this.first = first;
        this.last = last;
    }

    @Override
    public void submit(StepPlan plan) {
        if (plan.iteration() == first) {
            open();
        }
        backend.submit(plan);
        inFlight.add(plan.iteration());
    }

    @Override
    public StepOutcome awaitOldest() {
        StepOutcome outcome = backend.awaitOldest();
        if (inFlight.remove() == last) {
            close();
        }
        return outcome;
    }

    @Override
    public void release(Request request) {
        backend.release(request);
    }

    private void open() {
        close = () -> {
            backend.profilerStop(); // first: a tool that watches the range stops at its end
            range.end();
        };
        backend.profilerStart();
        range.begin();
    }

    /// Closes the window, if it is open.
    @Override
    public void close() {
        Runnable open = close;
        close = () -> {};
        open.run();
    }
}
