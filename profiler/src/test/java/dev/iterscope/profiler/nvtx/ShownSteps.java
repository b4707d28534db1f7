package dev.iterscope.profiler.nvtx;

import dev.iterscope.profiler.TestCounts;

/// A program under a tool: shows two steps, one of them with a layer and in a capture window.
final class ShownSteps {

    private ShownSteps() {}

    /// Prints the tool's status at the end.
    public static void main(String[] arguments) {
        NvtxTool tool = NvtxTool.system();
        IterationRanges ranges = IterationRanges.of(tool);
        LayerRanges layers = LayerRanges.of(tool);
        CaptureRange capture = CaptureRange.of(tool);

        ranges.push(TestCounts.MIXED);
        ranges.pop();
        capture.begin();
        ranges.push(TestCounts.PROPOSAL);
        layers.push(0);
        layers.pop();
        ranges.pop();
        capture.end();
        System.out.println(tool.status());
    }
}
