package dev.iterscope.engine.observe;

import dev.iterscope.engine.backend.Backend;
import dev.iterscope.engine.backend.ExecutionObserver;
import dev.iterscope.engine.schedule.StepPlan;
import dev.iterscope.profiler.event.KernelRun;
import dev.iterscope.profiler.nvtx.CaptureRange;
import dev.iterscope.profiler.nvtx.IterationRanges;
import dev.iterscope.profiler.nvtx.LayerRanges;
import dev.iterscope.profiler.nvtx.NvtxTool;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Pushes and pops a step's NVTX ranges and commits its kernel events, on the thread that executes the batch; opens and closes the
/// capture window around its steps.
public final class RangeObserver implements ExecutionObserver {
    private final IterationRanges ranges;
    private final LayerRanges layers;
    private final CaptureRange capture;
    private final @Nullable Window window;
    private final Loading loading;
    private final StepView view = new StepView();
    private @Nullable Backend capturing;
    private boolean open;

    /// Steps that a tool is asked to capture, both included.
    ///
    /// @param first number of the first one
    /// @param last  number of the last one
    public record Window(long first, long last) {}

    private RangeObserver(NvtxTool tool, boolean showLayers, @Nullable Window window, Loading loading) {
        ranges = IterationRanges.of(tool);
        layers = showLayers ? LayerRanges.of(tool) : LayerRanges.NONE;
        capture = CaptureRange.of(tool);
        this.window = window;
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
    /// @param window     what is to be captured
    public static RangeObserver of(NvtxTool tool, boolean showLayers, Optional<Window> window) {
        return of(tool, showLayers, window, (done, total) -> {});
    }

    /// The same, telling `loading` of the weights.
    public static RangeObserver of(NvtxTool tool, boolean showLayers, Optional<Window> window, Loading loading) {
        return new RangeObserver(tool, showLayers, window.orElse(null), loading);
    }

    @Override
    public void loaded(int done, int total) {
        loading.loaded(done, total);
    }

    /// Names the backend whose own profiler the window switches on and off. Call it before the first step.
    public void captureWith(Backend backend) {
        capturing = backend;
    }

    @Override
    public void begin(StepPlan plan) {
        if (window != null && plan.iteration() == window.first) {
            beginCapture();
        }
        ranges.push(view.of(plan));
    }

    @Override
    public void end(StepPlan plan) {
        layers.pop();
        ranges.pop();
        if (window != null && plan.iteration() == window.last) {
            endCapture();
        }
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
        return KernelRun.isRecording(Math.toIntExact(iteration));
    }

    @Override
    public void kernel(KernelRun run) {
        run.commit();
    }

    private void beginCapture() {
        if (!open) {
            open = true;
            if (capturing != null) {
                capturing.profilerStart();
            }
            capture.begin();
        }
    }

    /// Closes the window if it is open, as it is when a run ends before the window does. Not while steps are executed.
    public void endCapture() {
        if (open) {
            open = false;
            // First the device: it may have to finish, and a tool that watches the range stops at its end.
            if (capturing != null) {
                capturing.profilerStop();
            }
            capture.end();
        }
    }
}
