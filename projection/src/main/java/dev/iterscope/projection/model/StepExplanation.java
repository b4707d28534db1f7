package dev.iterscope.projection.model;

import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.KernelRecord;
import dev.iterscope.projection.recording.Pause;
import dev.iterscope.projection.recording.Recording;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/// One recorded step, explained: what it did, how long it took, what the model fitted to its recording expects, and what else
/// happened then.
///
/// @param iteration      the step
/// @param measuredNanos  its time, where it has one of its own
/// @param predictedNanos what the fitted model expects; empty where none could be fitted
/// @param deviation      relative standard deviation of steps around the model; empty without one
/// @param terms          the expectation by term, nanoseconds
/// @param kernels        kernels of the step, in order; empty where none were recorded
/// @param pauses         garbage collections, safepoints and throttling that overlap it
public record StepExplanation(
        Iteration iteration,
        OptionalLong measuredNanos,
        OptionalDouble predictedNanos,
        OptionalDouble deviation,
        Map<StepTerm, Double> terms,
        List<KernelRecord> kernels,
        List<Pause> pauses) {

    /// Explains the step with this number, of the first engine that has one.
    ///
    /// @return empty where no step has the number
    public static Optional<StepExplanation> of(Recording recording, long number) {
        return StepSamples.steps(recording)
                .stream()
                .flatMap(List::stream)
                .filter(step -> step.iteration().number().equals(OptionalLong.of(number)))
                .findFirst()
                .map(step -> explain(recording, step));
    }

    private static StepExplanation explain(Recording recording, StepSamples.Step step) {
        Iteration iteration = step.iteration();
        List<KernelRecord> kernels = recording.kernels()
                .stream()
                .filter(k -> k.engine() == iteration.engine() && k.iteration().isPresent() && k.iteration().equals(iteration.number()))
                .toList();
        List<Pause> pauses = recording.pauses().stream().filter(pause -> overlaps(pause, iteration)).toList();
        return switch (IterationModels.fit(recording, IterationOptions.DEFAULTS)) {
            case IterationFit.NotPossible _ -> new StepExplanation(
                    iteration, iteration.elapsedNanos(), OptionalDouble.empty(), OptionalDouble.empty(), Map.of(), kernels, pauses);
            case IterationFit.Fitted(IterationStepModel model) -> {
                Map<StepTerm, Double> terms = model.contributions(step.work());
                double predicted = terms.values().stream().mapToDouble(Double::doubleValue).sum();
                yield new StepExplanation(iteration, iteration.elapsedNanos(), OptionalDouble.of(predicted),
                        OptionalDouble.of(model.stepDeviation()), terms, kernels, pauses);
            }
        };
    }

    private static boolean overlaps(Pause pause, Iteration iteration) {
        if (iteration.startNanos().isEmpty() || iteration.endNanos().isEmpty()) {
            return false;
        }
        return pause.startNanos() < iteration.endNanos().getAsLong()
                && pause.startNanos() + pause.timeNanos() > iteration.startNanos().getAsLong();
    }

    /// How much longer the step took than expected, per cent; empty where either is unknown.
    public OptionalDouble excessPercent() {
        return measuredNanos.isPresent() && predictedNanos.isPresent() && predictedNanos.getAsDouble() > 0
                ? OptionalDouble.of(100 * (measuredNanos.getAsLong() / predictedNanos.getAsDouble() - 1))
                : OptionalDouble.empty();
    }
}
