package dev.iterscope.projection.compare;

import dev.iterscope.projection.model.RecordingComparison;

/// The words for what became of steps.
final class Verdicts {
    private Verdicts() {}

    /// As JSON has it.
    static String of(RecordingComparison comparison) {
        if (!comparison.isShown()) {
            return "no-difference-shown";
        }
        return comparison.changePercent() < 0 ? "faster" : "slower";
    }
}
