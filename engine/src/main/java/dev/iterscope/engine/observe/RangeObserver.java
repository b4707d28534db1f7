package dev.iterscope.engine.observe;

import dev.iterscope.engine.backend.ExecutionObserver;
import dev.iterscope.engine.schedule.StepPlan;
import dev.iterscope.profiler.event.KernelInterest;
import dev.iterscope.profiler.event.KernelRun;
import dev.iterscope.profiler.nvtx.IterationRanges;
import dev.iterscope.profiler.nvtx.LayerRanges;
import dev.iterscope.profiler.nvtx.NvtxTool;

/// Pushes and pops a step's NVTX ranges and commits its kernel events, on the thread that executes the batch.
public final class RangeObserver implements ExecutionObserver {
    private final IterationRanges ranges;
    private final LayerRanges layers;
    private final Loading loading;
    private final StepView view = new StepView();
    private final KernelInterest kernelInterest = new KernelInterest();

    private RangeObserver(NvtxTool tool, boolean showLayers, Loading loading) {
        ranges = IterationRanges.of(tool);
        layers = showLayers ? LayerRanges.of(tool) : LayerRanges.NONE;
        this.loading = loading;
    }

    /// Is told how many of a model's parts are loaded.
    public interface Loading {
        /// So many of so many.
        void loaded(int done, int total);
    }

    /// Ranges for `tool`; for [NvtxTool#none()] none.
    ///
    /// @param showLayers whether layers have ranges of their own
    /// @param loading    is told of the weights
    public static RangeObserver of(NvtxTool tool, boolean showLayers, Loading loading) {
        return new RangeObserver(tool, showLayers, loading);
    }

    @Override
    public void loaded(int done, int total) {
        loading.loaded(done, total);
    }

    @Override
    public void begin(StepPlan plan) {
        ranges.push(view.of(plan));
    }

    @Override
    public void end(StepPlan plan) {
        layers.pop();
        ranges.pop();
    }

    @Override
    public void layer(int index) {
        layers.pop();
        layers.push(index);
    }

    @Override
    public void layersDone() {
        layers.pop();
    }

    @Override
    public boolean wantsKernels(long iteration) {
        return kernelInterest.in(Math.toIntExact(iteration));
    }

    @Override
    public void kernel(KernelRun run) {
        run.commit();
    }
}
