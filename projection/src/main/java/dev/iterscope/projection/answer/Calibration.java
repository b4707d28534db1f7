package dev.iterscope.projection.answer;

import dev.iterscope.projection.model.kernel.KernelStepModel;
import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.Iteration.Mark;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.Timing;
import java.util.List;
import java.util.Optional;

/// One factor between kernels measured alone and steps of the recorded engine: isolated tables miss clocks, contention and what
/// overlaps. It is the median over the recorded steps, printed in the model's terms.
public final class Calibration {
    private static final int FEWEST_STEPS = 20;

    private Calibration() {}

    /// The model, calibrated where the recording has enough steps that say their work; else as it is.
    public static KernelStepModel of(KernelStepModel model, Optional<Recording> recording) {
        if (recording.isEmpty() || recording.get().timing().basis() != Timing.Basis.STEP) {
            return model;
        }
        List<Double> ratios = recording.get().iterations().stream()
                .filter(step -> step.marks().isEmpty() || !step.marks().contains(Mark.COLD))
                .flatMap(step -> ratio(model, step).stream())
                .sorted()
                .toList();
        return ratios.size() < FEWEST_STEPS
                ? model
                : model.with(model.options().withCalibration(model.options().calibration() * ratios.get(ratios.size() / 2)));
    }

    private static Optional<Double> ratio(KernelStepModel model, Iteration step) {
        if (step.detail().isEmpty() || step.elapsedNanos().isEmpty() || step.isDummy() || step.scheduledTokens() == 0) {
            return Optional.empty();
        }
        double predicted = model.contributions(RecordedCounts.of(step, step.detail().get())).values().stream()
                .mapToDouble(Double::doubleValue)
                .sum();
        return predicted > 0 ? Optional.of(step.elapsedNanos().getAsLong() / predicted) : Optional.empty();
    }
}
