package dev.iterscope.projection.cli;

import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.model.ModelReference;
import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.model.kernel.Errors;
import dev.iterscope.projection.model.kernel.Folds;
import dev.iterscope.projection.model.kernel.KernelModel;
import dev.iterscope.projection.model.kernel.KernelStepOptions;
import dev.iterscope.projection.model.kernel.KernelTable;
import dev.iterscope.projection.model.table.MeasuredLayers;
import dev.iterscope.projection.model.table.ModelFile;
import dev.iterscope.projection.model.table.Profile;
import dev.iterscope.projection.model.table.SourceTable;
import dev.iterscope.projection.model.table.StepModels;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `iterscope fit`: kernel models from kernel measurements, and how far they can be trusted.
@Command(name = "fit", mixinStandardHelpOptions = true, description = {
    "Fits kernel models to measured kernel times and reports their errors on rows that they had not seen.",
    "A profile is a folder (or a parent of it, or one table) of AIConfigurator or LLMServingSim measurements.",
    "A recording in place of a profile has its steps fitted, and its kernels where it holds any; what its steps can tell is said too."})
final class FitCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(arity = "1..*", paramLabel = "PROFILE", description = "Measurements to fit to: profiles, or recordings.")
    private List<Path> profiles = List.of();

    @Option(names = "--evaluate", paramLabel = "OTHER", description = "Predict the rows of these measurements, which the fit does not see.")
    private @Nullable Path evaluate;

    @Written
    @Option(names = "--predictions", paramLabel = "FILE.csv",
            description = "Write the rows of --evaluate with kernel,predicted,low95,high95 in their unit.")
    private @Nullable Path predictions;

    @Written
    @Option(names = {"--write-model", "--kernel-model"}, paramLabel = "FILE.json", description = "Write a model file for --kernel-model.")
    private @Nullable Path modelFile;

    @Option(names = "--model", paramLabel = "MODEL",
            description = "Write only the measurements that steps of this model rest on: a preset, a checkpoint's folder, or a config.json.")
    private @Nullable String model;

    @Option(names = "--tensor-parallel-size", paramLabel = "N",
            description = "Tensor-parallel ranks of --model (default: 1), and of a profile with folders tp1, tp2, ... those to fit.")
    private @Nullable Integer ranks;

    @Mixin
    private final ProfileMixin profileChoice;

    @Mixin
    private TogetherOption together = new TogetherOption();

    @Mixin
    private OutputOptions output = new OutputOptions();

    FitCommand(Console console) {
        this.console = console;
        profileChoice = new ProfileMixin(console);
    }

    @Override
    public Integer call() throws IOException {
        output.requireOneOf("fit", Set.of(OutputOptions.Format.TEXT, OutputOptions.Format.JSON, OutputOptions.Format.CSV));
        if (predictions != null && evaluate == null) {
            throw UserInputException.usage("--predictions needs rows to predict; name them with --evaluate");
        }
        if (ranks() < 1) {
            throw UserInputException.usage("--tensor-parallel-size must be at least 1: " + ranks());
        }
        Optional<ModelConfig> only = onlyModel();
        if (modelFile != null) {
            OutputOptions.requireWritable(modelFile, "--write-model");
        }
        if (predictions != null) {
            OutputOptions.requireWritable(predictions, "--predictions");
        }
        if (profiles.stream().anyMatch(RecordingFit::isRecording)) {
            if (!profiles.stream().allMatch(RecordingFit::isRecording)) {
                throw UserInputException.usage("fit takes profiles or recordings, not both at once; fit them one by one");
            }
            if (only.isPresent()) {
                throw UserInputException.usage("--model chooses kernels of a profile; those of recordings are of the model recorded");
            }
            return recordings();
        }
        List<Profile> read = read();
        Optional<String> device = device(read);
        List<SourceTable> tables = read.stream().flatMap(p -> p.tables().stream()).toList();
        TreeMap<String, List<SourceTable>> byName = new TreeMap<>();
        tables.forEach(t -> byName.computeIfAbsent(t.table().name(), n -> new ArrayList<>()).add(t));
        List<Fitted> fitted = byName.values().parallelStream().map(FitCommand::fitted).toList();
        Map<String, KernelModel> models = new TreeMap<>();
        fitted.forEach(each -> models.put(each.model().table().name(), each.model()));
        List<FitReport.Entry> entries = fitted.stream().map(Fitted::entry).toList();
        Optional<FitReport.Evaluation> evaluation = evaluation(models);
        Path target = modelFile;
        if (target != null) {
            ModelFile.Content content = content(device, models.values(), only);
            OutputFile.write(target, file -> ModelFile.write(file, content));
            console.note("iterscope fit: wrote " + target);
        }
        FitReport report = new FitReport(entries, evaluation, device, Optional.empty());
        output.write(console, writer -> report.write(output.format(), writer, console.columns(), console.colour()));
        return ExitCode.DONE;
    }

    private Optional<ModelConfig> onlyModel() {
        if (model == null) {
            return Optional.empty();
        }
        if (modelFile == null) {
            throw UserInputException.usage("--model chooses what --write-model writes; give --write-model FILE.json");
        }
        ModelConfig config = ModelReference.resolve(model).config();
        if (config.heads() % ranks() != 0) {
            throw UserInputException
                    .usage("--tensor-parallel-size " + ranks() + " does not divide the " + config.heads() + " heads of " + config.name());
        }
        return Optional.of(config);
    }

    /// Everything, or the part that steps of one model rest on.
    private ModelFile.Content content(Optional<String> device, Collection<KernelModel> models, Optional<ModelConfig> only) {
        return only.isEmpty()
                ? new ModelFile.Content(device, Optional.empty(), models.stream().map(KernelModel::table).toList())
                : new ModelFile.Content(device, Optional.of(MeasuredLayers.excerptFor(only.get(), ranks())),
                        StepModels.excerpt(profiles.getFirst(), models, only.get(), KernelStepOptions.of(ranks())));
    }

    private int ranks() {
        return ranks == null ? 1 : ranks;
    }

    private Profile read(Path profile, boolean needTimes) throws IOException {
        return profileChoice.read(profile, needTimes, ranks == null ? OptionalInt.empty() : OptionalInt.of(ranks));
    }

    private List<Profile> read() throws IOException {
        List<Profile> read = new ArrayList<>();
        for (Path profile : profiles) {
            Profile found = read(profile, true);
            if (found.skippedRows() > 0) {
                console.note("iterscope fit: " + profile + ": " + found.skippedRows() + " rows without a positive time are left out");
            }
            read.add(found);
        }
        return read;
    }

    private static Optional<String> device(List<Profile> profiles) {
        LinkedHashSet<String> devices = new LinkedHashSet<>();
        profiles.forEach(p -> p.device().ifPresent(devices::add));
        if (devices.size() > 1) {
            throw UserInputException
                    .usage("the profiles are of different devices (" + String.join(", ", devices) + "); fit them one by one");
        }
        return devices.stream().findFirst();
    }

    private Integer recordings() throws IOException {
        RecordingFit fit = RecordingFit.of(profiles, together.together());
        Optional<FitReport.Evaluation> evaluation =
                evaluate == null ? Optional.empty() : Optional.of(fit.evaluate(evaluate, Optional.ofNullable(predictions)));
        Path target = modelFile;
        if (target != null) {
            List<KernelTable> kernels = fit.kernelModels(target).stream().map(KernelModel::table).toList();
            OutputFile.write(target, file -> ModelFile.write(file, new ModelFile.Content(fit.device(), Optional.empty(), kernels)));
            console.note("iterscope fit: wrote " + target);
        }
        FitReport report = new FitReport(fit.entries(), evaluation, fit.device(), fit.support());
        output.write(console, writer -> report.write(output.format(), writer, console.columns(), console.colour()));
        return ExitCode.DONE;
    }

    /// A model and how it is reported.
    private record Fitted(KernelModel model, FitReport.Entry entry) {}

    private static Fitted fitted(List<SourceTable> same) {
        KernelModel model = KernelModel.fit(SourceTable.joined(same));
        int rows = same.stream().mapToInt(t -> t.table().size()).sum();
        return new Fitted(model, FitReport.Entry.of(model, rows, Folds.evaluate(model)));
    }

    private Optional<FitReport.Evaluation> evaluation(Map<String, KernelModel> models) throws IOException {
        Path other = evaluate;
        if (other == null) {
            return Optional.empty();
        }
        Profile unseen = read(other, false);
        for (SourceTable table : unseen.tables()) {
            if (!models.containsKey(table.table().name())) {
                throw UserInputException.input(other.toString(), "", "holds " + table.table().name() + ", which the profile does not",
                        "name a profile with that kernel");
            }
        }
        Path target = predictions;
        if (target == null) {
            return Optional.of(new Predictions(models, unseen).evaluate(Optional.empty()));
        }
        List<FitReport.Evaluation> evaluated = new ArrayList<>();
        OutputFile.print(target, writer -> evaluated.add(new Predictions(models, unseen).evaluate(Optional.of(writer))));
        return Optional.of(evaluated.getFirst());
    }

    /// Predicts rows and compares them with their times, where they have any.
    private record Predictions(Map<String, KernelModel> models, Profile unseen) {

        FitReport.Evaluation evaluate(Optional<PrintWriter> writer) {
            List<String> columns = columns();
            writer.ifPresent(w -> w.println(Csv.line(columns) + ",kernel,predicted,low95,high95"));
            Errors all = new Errors();
            TreeMap<String, Errors> byKernel = new TreeMap<>();
            int rows = 0;
            for (SourceTable source : unseen.tables()) {
                Errors own = byKernel.computeIfAbsent(source.table().name(), n -> new Errors());
                rows += source.table().size();
                predict(source, columns, writer, all, own);
            }
            TreeMap<String, Folds.Result> results = new TreeMap<>();
            byKernel.forEach((name, errors) -> {
                if (errors.count() > 0) {
                    results.put(name, errors.result("evaluate"));
                }
            });
            return new FitReport.Evaluation(rows, all.count() > 0 ? Optional.of(all.result("evaluate")) : Optional.empty(), results);
        }

        private void predict(SourceTable source, List<String> columns, Optional<PrintWriter> writer, Errors all, Errors own) {
            KernelModel model = models.get(source.table().name());
            if (model == null) {
                throw new IllegalStateException(source.table().name());
            }
            for (int row = 0; row < source.table().size(); row++) {
                KernelModel.Prediction predicted = model.predict(source.table().sizes(row));
                double measured = source.table().time(row);
                if (measured > 0) {
                    all.add(predicted, measured);
                    own.add(predicted, measured);
                }
                if (writer.isPresent()) {
                    List<String> cells = new ArrayList<>();
                    for (String column : columns) {
                        boolean there = source.file().columns().contains(column);
                        cells.add(there ? source.file().text(column, source.fileRow(row)) : "");
                    }
                    cells.add(source.table().name());
                    cells.add(Double.toString(predicted.time()));
                    cells.add(Double.toString(predicted.low95()));
                    cells.add(Double.toString(predicted.high95()));
                    writer.get().println(Csv.line(cells));
                }
            }
        }

        /// The columns of all evaluated files in the order of their appearance.
        private List<String> columns() {
            LinkedHashSet<String> columns = new LinkedHashSet<>();
            unseen.tables().forEach(source -> columns.addAll(source.file().columns()));
            return List.copyOf(columns);
        }
    }
}
