package dev.iterscope.engine.observe;

import dev.iterscope.engine.backend.ExecutionObserver;
import dev.iterscope.engine.schedule.StepPlan;
import dev.iterscope.profiler.event.KernelRun;
import dev.iterscope.profiler.nvtx.IterationRanges;
import dev.iterscope.profiler.nvtx.NvtxTool;

/// Pushes and pops a step's NVTX ranges and commits its kernel events, on the thread that executes the batch.
public final class RangeObserver implements ExecutionObserver {
    private final IterationRanges ranges;
    private final StepView view = new StepView();

    /// Ranges for `tool`; for [NvtxTool#none()] none.
    public RangeObserver(NvtxTool tool) {
        ranges = IterationRanges.of(tool);
    }

    @Override
    public void begin(StepPlan plan) {
        ranges.push(view.of(plan));
    }

    @Override
    public void end(StepPlan plan) {
        ranges.pop();
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
