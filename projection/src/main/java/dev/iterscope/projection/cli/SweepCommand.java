package dev.iterscope.projection.cli;

import dev.iterscope.engine.EngineConfig;
import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.answer.Prepared;
import dev.iterscope.projection.answer.Projector;
import dev.iterscope.projection.answer.Sources;
import dev.iterscope.projection.importer.Recordings;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.report.CsvReport;
import dev.iterscope.projection.report.HtmlReport;
import dev.iterscope.projection.report.JsonReport;
import dev.iterscope.projection.report.ProjectionReport;
import dev.iterscope.projection.report.TextReport;
import dev.iterscope.projection.search.KvCapacity;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `iterscope sweep`: the table over token budgets alone, predicted and on request measured.
@Command(name = "sweep", mixinStandardHelpOptions = true, sortOptions = false, description = {
    "Predicts throughput, latency and KV use over many token budgets."})
final class SweepCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(paramLabel = "RECORDING", arity = "0..*", description = "Recordings of one service.")
    private List<Path> recordings = List.of();

    @Mixin
    private ConditionMixin conditions = new ConditionMixin();

    @Mixin
    private WorkloadMixin workload = new WorkloadMixin();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Option(names = "--measure", description = "Also run every point on a backend, predicted beside measured.")
    private boolean measure;

    @Option(names = "--backend", paramLabel = "NAME", description = "Backend of --measure: cpu, cuda or emulated (recorded, else cpu).")
    private @Nullable String backend;

    @Option(names = "--runs", paramLabel = "N", defaultValue = "3",
            description = "Runs of each measured point (default: ${DEFAULT-VALUE}).")
    private int runs = 3;

    @Option(names = "--time-scale", paramLabel = "S", defaultValue = "1",
            description = "Emulated seconds per predicted second of --backend emulated (default: ${DEFAULT-VALUE}).")
    private double timeScale = 1;

    @Mixin
    private EngineMixin engine = new EngineMixin();

    SweepCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (recordings.isEmpty()) {
            throw UserInputException.usage("sweep needs a recording; name at least one");
        }
        if (runs < 1 || runs > 1000 || !(timeScale > 0 && timeScale <= 1000)) {
            throw UserInputException.usage("--runs must be from 1 to 1000 and --time-scale above 0 and at most 1000");
        }
        Recording recording = Recordings.read(recordings);
        try (Interruption interruption = Interruption.install()) {
            ProjectionReport report = sweep(recording, interruption);
            output.write(console, out -> write(report, out));
            return ProjectCommand.exitCode(report);
        }
    }

    private ProjectionReport sweep(Recording recording, Interruption interruption) {
        try (ProgressMeter meter = new ProgressMeter(console)) {
            Projector projector = new Projector(
                    Sources.of(recording), conditions.options(workload.seed()), workload.options(), meter, interruption::requested);
            return switch (projector.prepare()) {
                case Projector.Preparation.Missing missing -> throw unusable(recording, missing.reason(), missing.remedy());
                case Projector.Preparation.Ready(Prepared prepared) ->
                        measure ? measured(recording, projector, prepared, meter, interruption) : predicted(recording, projector, prepared);
            };
        }
    }

    private static ProjectionReport predicted(Recording recording, Projector projector, Prepared prepared) {
        if (prepared.spec().capacity() instanceof KvCapacity.Unknown) {
            throw unusable(recording, "does not say how many tokens the KV cache holds", "give --num-gpu-blocks-override");
        }
        return projector.project(prepared, List.of());
    }

    private ProjectionReport measured(
            Recording recording, Projector projector, Prepared prepared, ProgressMeter meter, Interruption interruption) {
        String name = Optional.ofNullable(backend).or(() -> recording.settings().backend()).orElse("cpu");
        EngineConfig base = engine.config(name, recording.settings().model());
        if (name.equals("emulated")) {
            base = base.emulating(prepared.model().point(), timeScale);
        }
        Measurements measurements =
                new Measurements(base, conditions.limits().kvBlocks(), runs, meter, interruption::requested);
        Prepared same = prepared.withCapacity(measurements.capacity(prepared));
        return projector.project(same, measurements.run(same));
    }

    private static UserInputException unusable(Recording recording, String what, String remedy) {
        return UserInputException.input(String.join(", ", recording.files()), "", what, remedy);
    }

    private void write(ProjectionReport report, PrintWriter out) {
        switch (output.format()) {
            case TEXT -> TextReport.writeSweep(report, out, console.columns(), console.colour());
            case JSON -> JsonReport.writeSweep(report, out);
            case CSV -> CsvReport.write(report, out);
            case HTML -> HtmlReport.write(report, out);
        }
    }
}
