package dev.iterscope.projection.cli;

import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.answer.ConditionOptions;
import dev.iterscope.projection.answer.Projector;
import dev.iterscope.projection.answer.Sources;
import dev.iterscope.projection.device.DevicePeaks;
import dev.iterscope.projection.importer.Recordings;
import dev.iterscope.projection.importer.kernels.KernelKinds;
import dev.iterscope.projection.model.IterationFit;
import dev.iterscope.projection.model.IterationModels;
import dev.iterscope.projection.model.IterationOptions;
import dev.iterscope.projection.model.IterationStepModel;
import dev.iterscope.projection.model.KvSource;
import dev.iterscope.projection.model.StepEvaluation;
import dev.iterscope.projection.model.kernel.Errors;
import dev.iterscope.projection.model.kernel.Folds;
import dev.iterscope.projection.model.kernel.KernelModel;
import dev.iterscope.projection.model.kernel.KernelTable;
import dev.iterscope.projection.model.table.RecordedKernels;
import dev.iterscope.projection.progress.Progress;
import dev.iterscope.projection.recording.DeviceFacts;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.StepLogging;
import dev.iterscope.projection.report.ProjectionReport;
import dev.iterscope.projection.report.Provenance;
import dev.iterscope.projection.workload.WorkloadOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// `fit` on recordings: the model of whole steps with its errors on blocks of steps left out, once for each source of KV tokens that the
/// recording has, so that what KV usage is worth shows; and models of its kernels where it holds any.
final class RecordingFit {
    private final Recordings.Runs runs;
    private final Recording recording;
    private final List<KernelTable> kernels;
    private final List<KernelModel> models;
    private final List<Path> files;

    private RecordingFit(List<Path> files, Recordings.Runs runs, List<KernelTable> kernels) {
        this.files = files;
        this.runs = runs;
        this.recording = runs.merged();
        this.kernels = kernels;
        this.models = kernels.stream().map(KernelModel::fit).toList();
    }

    /// Whether `fit` takes this as a recording: a file that is no table.
    static boolean isRecording(Path path) {
        String name = String.valueOf(path.getFileName()).toLowerCase(Locale.ROOT);
        return Files.isRegularFile(path) && !name.endsWith(".csv") && !name.endsWith(".parquet");
    }

    /// @throws UserInputException where a file is no recording, or holds neither steps nor kernels that can be fitted
    static RecordingFit of(List<Path> files, Recordings.Together together) {
        Recordings.Runs runs = Recordings.readRuns(files, KernelKinds.standard(), together);
        RecordingFit fit = new RecordingFit(files, runs, RecordedKernels.tables(runs.merged()));
        if (fit.kernels.isEmpty()
                && fit.fitted(KvSource.AUTO) instanceof IterationFit.NotPossible(String reason, String remedy)) {
            throw UserInputException.input(shown(files), "", reason, remedy);
        }
        return fit;
    }

    private static String shown(List<Path> files) {
        return String.join(", ", files.stream().map(Path::toString).toList());
    }

    /// Several recordings also tell what repetitions differ by.
    private IterationFit fitted(KvSource source) {
        return IterationModels.fit(DevicePeaks.complete(recording), runs.each(), IterationOptions.DEFAULTS.withKvSource(source));
    }

    Optional<String> device() {
        return recording.devices().stream().map(DeviceFacts::name).findFirst();
    }

    /// What the recorded steps tell of the recorded service, at budgets around its own, and what to measure for the rest; empty where no
    /// model of steps can be fitted.
    Optional<ProjectionReport> support() {
        if (!(fitted(KvSource.AUTO) instanceof IterationFit.Fitted)) {
            return Optional.empty();
        }
        return Optional.of(new Projector(Sources.of(recording, runs.each()), ConditionOptions.NONE.withDraws(0), WorkloadOptions.NONE,
                Progress.NONE, () -> false).project().madeBy(new Provenance(files, WorkloadOptions.NONE, Optional.empty())));
    }

    /// One entry for each source of KV tokens, the best first and called `step`, then one for each kernel.
    List<FitReport.Entry> entries() {
        List<FitReport.Entry> entries = new ArrayList<>();
        for (KvSource source : StepEvaluation.kvSources(recording)) {
            if (fitted(source) instanceof IterationFit.Fitted) {
                List<StepEvaluation.Row> rows =
                        StepEvaluation.heldOut(recording, IterationOptions.DEFAULTS.withKvSource(source));
                String name = entries.isEmpty() ? "step" : "step (KV " + words(source) + ")";
                entries.add(new FitReport.Entry(name, "iteration model, KV tokens " + words(source), "ns", rows.size(),
                        rows.isEmpty() ? List.of() : List.of(errors(rows).result("blocks"))));
            }
        }
        for (int i = 0; i < models.size(); i++) {
            entries.add(FitReport.Entry.of(models.get(i), kernels.get(i).size(), Folds.evaluate(models.get(i))));
        }
        return entries;
    }

    private static String words(KvSource source) {
        return switch (source) {
            case AUTO, RECORDED -> "recorded";
            case ALLOCATED -> "from used blocks";
            case REPLAYED -> "replayed";
            case NONE -> "left out";
        };
    }

    private static Errors errors(List<StepEvaluation.Row> rows) {
        Errors errors = new Errors();
        rows.forEach(row -> errors.add(
                new KernelModel.Prediction(row.predicted().nanos(), row.predicted().low95(), row.predicted().high95()),
                row.measuredNanos()));
        return errors;
    }

    /// The kernels' models, to be written to `target`.
    List<KernelModel> kernelModels(Path target) {
        if (models.isEmpty()) {
            throw UserInputException.usage("there is no kernel to write to " + target
                    + ": the recordings hold steps only; record kernels with run --kernel-events, or import a trace");
        }
        return models;
    }

    /// Predicts the steps of another recording.
    ///
    /// @param predictions where to write each step's prediction
    /// @throws UserInputException where that recording, or this one, has no usable steps
    FitReport.Evaluation evaluate(Path other, Optional<Path> predictions) {
        IterationStepModel model = switch (fitted(KvSource.AUTO)) {
            case IterationFit.Fitted(IterationStepModel made) -> made;
            case IterationFit.NotPossible(String reason, String remedy) ->
                    throw UserInputException.input(String.join(", ", recording.files()), "", reason, remedy);
        };
        Recording unseen = Recordings.read(List.of(other));
        List<StepEvaluation.Row> rows = StepEvaluation.of(model, unseen, KvSource.AUTO);
        if (rows.isEmpty()) {
            throw UserInputException.input(other.toString(), "", "holds no step with a usable time",
                    StepLogging.turnOn(unseen.settings().engineName()));
        }
        if (predictions.isPresent()) {
            write(rows, predictions.get());
        }
        Folds.Result result = errors(rows).result("evaluate");
        return new FitReport.Evaluation(rows.size(), Optional.of(result), Map.of("step", result));
    }

    private static void write(List<StepEvaluation.Row> rows, Path target) {
        OutputFile.print(target, out -> {
            out.println("steps,tokens,requests,attention_pairs,kv_tokens,measured,kernel,predicted,low95,high95,support");
            for (StepEvaluation.Row row : rows) {
                out.printf(Locale.ROOT, "%d,%.0f,%.0f,%.0f,%.0f,%.0f,step,%.0f,%.0f,%.0f,%s%n", row.steps(), row.tokens(), row.requests(),
                        row.pairs(), row.kvTokens(), row.measuredNanos(), row.predicted().nanos(), row.predicted().low95(),
                        row.predicted().high95(), row.predicted().support().label());
            }
        });
    }
}
