package dev.iterscope.engine.observe;

import dev.iterscope.engine.backend.ExecutionObserver;
import dev.iterscope.engine.schedule.StepPlan;
import dev.iterscope.profiler.event.KernelRun;
import dev.iterscope.profiler.nvtx.CaptureRange;
import dev.iterscope.profiler.nvtx.IterationRanges;
import dev.iterscope.profiler.nvtx.NvtxTool;

/// Pushes and pops a step's NVTX ranges and commits its kernel events, on the thread that executes the batch.
public final class RangeObserver implements ExecutionObserver {
    private final IterationRanges ranges;
    private final CaptureRange capture;
    private final long firstCaptured;
    private final long lastCaptured;
    private final StepView view = new StepView();

    /// Ranges for `tool`; for [NvtxTool#none()] none.
    ///
    /// @param firstCaptured first iteration of the window that the tool is asked to capture
    /// @param lastCaptured  last iteration of the window; below `firstCaptured` for no window
    public RangeObserver(NvtxTool tool, long firstCaptured, long lastCaptured) {
        ranges = IterationRanges.of(tool);
        capture = CaptureRange.of(tool);
        this.firstCaptured = firstCaptured;
        this.lastCaptured = lastCaptured;
    }

    @Override
    public void begin(StepPlan plan) {
        if (plan.iteration() == firstCaptured && firstCaptured <= lastCaptured) {
            capture.begin();
        }
        ranges.push(view.of(plan));
    }

    @Override
    public void end(StepPlan plan) {
        ranges.pop();
        if (plan.iteration() == lastCaptured) {
            capture.end();
        }
    }

    @Override
    public boolean wantsKernels(long iteration) {
        return KernelRun.isRecording(Math.toIntExact(iteration));
    }

    @Override
    public void kernel(KernelRun run) {
        run.commit();
    }
}
