package dev.iterscope.projection.compare;

import dev.iterscope.projection.model.IterationFit;
import dev.iterscope.projection.model.IterationModels;
import dev.iterscope.projection.model.IterationOptions;
import dev.iterscope.projection.model.IterationStepModel;
import dev.iterscope.projection.model.RecordingComparison;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.search.Slo;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/// A service before and after a change: what users and the fleet got of it, whether that is what was wanted and what was predicted, and
/// whether the device's steps themselves changed.
///
/// @param results    what was achieved
/// @param slo        the objective, empty for none
/// @param objective  whether it is met; empty without one
/// @param prediction predicted beside measured; empty without a prediction
/// @param steps      steps on like batches
public record ServiceComparison(
        ResultComparison results, Slo slo, Optional<ObjectiveOutcome> objective, Optional<PredictionOutcome> prediction, Steps steps) {

    /// What comparing steps came to.
    public sealed interface Steps {
        /// Both recordings hold like batches.
        ///
        /// @param comparison what became of them
        record Compared(RecordingComparison comparison) implements Steps {}

        /// They cannot be compared.
        ///
        /// @param reason       why
        /// @param matchedSteps steps of the first recording whose like the second has
        record NotCompared(String reason, int matchedSteps) implements Steps {}
    }

    /// Compares two recordings.
    ///
    /// @param slo       objective that the service is to meet; [Slo#NONE] for none
    /// @param predicted document of `project` or `sweep` that predicts the setting of `after`; empty for none
    /// @throws dev.iterscope.engine.request.UserInputException for a document that cannot be used
    public static ServiceComparison of(Recording before, Recording after, Slo slo, Optional<Path> predicted) {
        RecordedResults a = RecordedResults.of(before);
        RecordedResults b = RecordedResults.of(after);
        return new ServiceComparison(
                ResultComparison.of(a, b),
                slo,
                slo.isEmpty() ? Optional.empty() : Optional.of(ObjectiveOutcome.of(slo, a.values(), b.values())),
                predicted.map(file -> PredictionOutcome.of(file, after.settings(), b.values())),
                steps(before, after));
    }

    private static Steps steps(Recording before, Recording after) {
        return switch (IterationModels.fit(before, IterationOptions.DEFAULTS)) {
            case IterationFit.NotPossible(String reason, String _) -> new Steps.NotCompared("before: " + reason, 0);
            case IterationFit.Fitted(IterationStepModel modelA) -> switch (IterationModels.fit(after, IterationOptions.DEFAULTS)) {
                case IterationFit.NotPossible(String reason, String _) -> new Steps.NotCompared("after: " + reason, 0);
                case IterationFit.Fitted(IterationStepModel modelB) -> steps(RecordingComparison.of(before, modelA, after, modelB));
            };
        };
    }

    private static Steps steps(RecordingComparison comparison) {
        if (comparison.matchedSteps() == 0) {
            return new Steps.NotCompared("no batch of one recording is like one of the other; record both under the same load", 0);
        }
        return comparison.isComparable()
                ? new Steps.Compared(comparison)
                : new Steps.NotCompared(String.format(Locale.ROOT,
                        "the batches that both recordings hold are %.0f %% of the steps' time in one of them", 100 * comparison.share()),
                        comparison.matchedSteps());
    }

    /// True where nothing at all can be compared.
    public boolean isEmpty() {
        return steps instanceof Steps.NotCompared && results.changes().stream().allMatch(change -> change.percent().isEmpty());
    }

    /// True when an objective was given and the recording after the change is known to miss it.
    public boolean missesObjective() {
        return objective.flatMap(ObjectiveOutcome::metAfter).map(met -> !met).orElse(false);
    }
}
