package dev.iterscope.projection.cli;

import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.answer.Projector;
import dev.iterscope.projection.importer.Recordings;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.report.CsvReport;
import dev.iterscope.projection.report.JsonReport;
import dev.iterscope.projection.report.ProjectionReport;
import dev.iterscope.projection.report.TextReport;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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

    SweepCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (recordings.isEmpty()) {
            throw UserInputException.usage("sweep needs a recording; name at least one");
        }
        Recording recording = Recordings.read(recordings);
        try (Interruption interruption = Interruption.install()) {
            ProjectionReport report = project(recording, interruption);
            if (report.sweep().isEmpty() && !interruption.requested()) {
                throw unusable(
                        recording,
                        String.join("; ", report.recommendation().reasons()),
                        report.recommendation().nextMeasurement().orElse("record more"));
            }
            output.write(console, out -> write(report, out));
            return ProjectCommand.exitCode(report);
        }
    }

    private ProjectionReport project(Recording recording, Interruption interruption) {
        try (ProgressMeter meter = new ProgressMeter(console)) {
            Projector projector = new Projector(
                    recording, conditions.options(workload.seed()), workload.options(), meter, interruption::requested);
            if (!projector.knowsKvCapacity()) {
                throw unusable(recording, "does not say how many tokens the KV cache holds", "give --num-gpu-blocks-override");
            }
            return projector.project();
        }
    }

    private static UserInputException unusable(Recording recording, String what, String remedy) {
        return UserInputException.input(String.join(", ", recording.files()), "", what, remedy);
    }

    private void write(ProjectionReport report, PrintWriter out) {
        switch (output.format()) {
            case TEXT -> TextReport.writeSweep(report, out, console.columns(), console.colour());
            case JSON -> JsonReport.writeSweep(report, out);
            case CSV -> CsvReport.write(report, out);
            case HTML -> throw UserInputException.usage("--format html is not there yet; use text, json or csv");
        }
    }
}
