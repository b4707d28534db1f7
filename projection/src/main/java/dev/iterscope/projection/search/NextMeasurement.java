package dev.iterscope.projection.search;

import dev.iterscope.projection.model.FittedStepModel;
import dev.iterscope.projection.model.FittedStepModel.Support;
import dev.iterscope.projection.model.MissingData;
import dev.iterscope.projection.model.RunSteps;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// What to measure next for one point of a sweep that the data do not determine.
///
/// @param setting    the setting to run with
/// @param missing    what the data lack, and how much of it to record
/// @param determines every point that is interpolated afterwards, this one first
public record NextMeasurement(Setting setting, MissingData missing, List<Setting> determines) {
    /// Keeps an unmodifiable copy.
    public NextMeasurement {
        determines = List.copyOf(determines);
    }

    /// Why the point is not determined, in words.
    public String reason() {
        return missing.reason();
    }

    /// What to measure, in one sentence.
    public String words() {
        return switch (missing) {
            case MissingData.Steps steps ->
                    "with max-num-batched-tokens " + setting.maxNumBatchedTokens() + " and max-num-seqs " + setting.maxNumSeqs() + ", "
                            + steps.measurement() + alsoFor();
            case MissingData.Kernels kernels -> kernels.measurement();
        };
    }

    private String alsoFor() {
        List<String> others = determines.stream().skip(1).map(other -> String.valueOf(other.maxNumBatchedTokens())).distinct().toList();
        return others.isEmpty() ? "" : "; that determines " + String.join(", ", others) + " too";
    }

    /// The points, those that are not interpolated with what to measure.
    ///
    /// @param points the points
    /// @param runs   the simulated steps of each
    static List<SweepPoint> addTo(List<SweepPoint> points, Map<Setting, RunSteps> runs, FittedStepModel model) {
        List<SweepPoint> answered = new ArrayList<>();
        for (SweepPoint point : points) {
            RunSteps run = runs.getOrDefault(point.setting(), new RunSteps(List.of(), 0));
            answered.add(model.missing(run)
                    .map(missing -> point.withNext(new NextMeasurement(
                            point.setting(), missing, determined(point.setting(), missing, points, runs, model))))
                    .orElse(point));
        }
        return answered;
    }

    private static List<Setting> determined(
            Setting setting, MissingData missing, List<SweepPoint> points, Map<Setting, RunSteps> runs, FittedStepModel model) {
        List<Setting> determined = new ArrayList<>(List.of(setting));
        RunSteps own = runs.get(setting);
        if (own != null && missing instanceof MissingData.Steps steps) {
            RunSteps recorded = own.first(steps.steps());
            points.stream()
                    .filter(other -> other.support() != Support.INTERPOLATED && !other.setting().equals(setting))
                    .map(SweepPoint::setting)
                    .filter(other -> runs.containsKey(other)
                            && model.supportAfter(recorded, runs.getOrDefault(other, own)) == Support.INTERPOLATED)
                    .forEach(determined::add);
        }
        return determined;
    }
}
