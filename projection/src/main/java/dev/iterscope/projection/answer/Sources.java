package dev.iterscope.projection.answer;

import dev.iterscope.projection.device.DevicePeaks;
import dev.iterscope.projection.model.FittedStepModel;
import dev.iterscope.projection.model.IterationFit;
import dev.iterscope.projection.model.IterationModels;
import dev.iterscope.projection.model.IterationOptions;
import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.Iteration.Mark;
import dev.iterscope.projection.recording.ModelFacts;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.Settings;
import dev.iterscope.projection.recording.StepLogging;
import dev.iterscope.projection.simulate.DataParallel;
import java.util.List;
import java.util.Optional;

/// What a projection starts from: recordings, a model from elsewhere, or both.
///
/// Several recordings of one service are one recording to the fit, which then has seen several budgets. What is served, and the present
/// setting, are those of the earliest: later ones are what was tried on it.
///
/// @param recording everything that was recorded, merged
/// @param served    the recording whose requests and settings count: the earliest
/// @param model     a model that takes the place of the one fitted to the recording: kernel profiles, a model file, a what-if
/// @param baseline  what `model` is compared with where it is a what-if: the same without the change
/// @param each      each recording by itself: for KV capacity at several budgets, and for what runs differ by
/// @param architecture the served model's dimensions, where the user names it: logs do not hold them
public record Sources(
        Optional<Recording> recording, Optional<Recording> served, Optional<FittedStepModel> model, Optional<FittedStepModel> baseline,
        List<Recording> each, Optional<ModelFacts> architecture) {
    /// Keeps an unmodifiable copy.
    public Sources {
        each = List.copyOf(each);
    }

    /// One recording and nothing else.
    public static Sources of(Recording recording) {
        return of(recording, List.of(recording));
    }

    /// Several recordings, whose devices get the peaks of their data sheets where they do not say them.
    ///
    /// @param merged all of them together
    /// @param each   each of them, the earliest first, at least one
    public static Sources of(Recording merged, List<Recording> each) {
        return new Sources(
                Optional.of(DevicePeaks.complete(merged)),
                Optional.of(DevicePeaks.complete(each.getFirst())),
                Optional.empty(),
                Optional.empty(),
                each,
                Optional.empty());
    }

    /// A model and no recording.
    public static Sources of(FittedStepModel model) {
        return new Sources(Optional.empty(), Optional.empty(), Optional.of(model), Optional.empty(), List.of(), Optional.empty());
    }

    /// The same with this model in place of a fitted one.
    public Sources with(FittedStepModel other) {
        return new Sources(recording, served, Optional.of(other), baseline, each, architecture);
    }

    /// The same, beside what the service would do without the change that the model holds.
    public Sources against(FittedStepModel unchanged) {
        return new Sources(recording, served, model, Optional.of(unchanged), each, architecture);
    }

    /// The same service, of whose model these dimensions are known.
    public Sources serving(ModelFacts dimensions) {
        return new Sources(recording, served, model, baseline, each, Optional.of(dimensions));
    }

    /// A step model fitted to the recordings.
    IterationFit fit() {
        if (recording.isEmpty() || recording.get().iterations().isEmpty()) {
            return new IterationFit.NotPossible("the recording holds no steps", StepLogging.turnOn(settings().engineName()));
        }
        IterationOptions options = architecture.map(IterationOptions.DEFAULTS::withArchitecture).orElse(IterationOptions.DEFAULTS);
        return IterationModels.fit(recording.get(), each, options);
    }

    /// The engines of the service, as far as they are known: as many as its settings say or its steps show, whichever is more, since a log
    /// need not hold every rank's lines and seldom states the number. They wait for each other where there are empty steps, or steps that
    /// took another's time.
    DataParallel ranks() {
        boolean coupled = served.isPresent()
                && served.get().iterations().stream().anyMatch(step -> step.isDummy() || step.marks().contains(Mark.COUPLED));
        return new DataParallel(Math.max(settings().dataParallel().orElse(1), enginesSeen()), coupled);
    }

    private int enginesSeen() {
        long engines = served.map(one -> one.iterations().stream().mapToInt(Iteration::engine).distinct().count()).orElse(1L);
        return Math.clamp(engines, 1, ConditionOptions.MOST_RANKS);
    }

    /// Settings of the service as far as they are known.
    public Settings settings() {
        return served.map(Recording::settings).orElse(Settings.UNKNOWN);
    }
}
