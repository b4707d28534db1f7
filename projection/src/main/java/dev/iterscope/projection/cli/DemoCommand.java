package dev.iterscope.projection.cli;

import dev.iterscope.engine.Engine;
import dev.iterscope.engine.EngineConfig;
import dev.iterscope.engine.ObservationOptions;
import dev.iterscope.engine.model.ModelPresets;
import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.answer.ConditionOptions;
import dev.iterscope.projection.answer.Prepared;
import dev.iterscope.projection.answer.Projector;
import dev.iterscope.projection.answer.Sources;
import dev.iterscope.projection.metrics.GoodputLimits;
import dev.iterscope.projection.metrics.MetricsCollector;
import dev.iterscope.projection.metrics.ServingMetrics;
import dev.iterscope.projection.report.CsvReport;
import dev.iterscope.projection.report.DemoReport;
import dev.iterscope.projection.report.DemoReport.WrittenFile;
import dev.iterscope.projection.report.HtmlReport;
import dev.iterscope.projection.report.JsonReport;
import dev.iterscope.projection.report.ProjectionReport;
import dev.iterscope.projection.search.MeasuredPoint;
import dev.iterscope.projection.search.Slo;
import dev.iterscope.projection.search.SweepPoint;
import dev.iterscope.projection.workload.DemoWorkload;
import dev.iterscope.projection.workload.Workload;
import dev.iterscope.projection.workload.WorkloadOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `iterscope demo`: the whole story on one machine, nothing to configure.
@Command(name = "demo", mixinStandardHelpOptions = true, sortOptions = false, description = {
    "Serves, records, projects, recommends, and measures what was recommended: the whole story in about a minute."})
final class DemoCommand implements Callable<Integer> {
    private static final int BUDGET = 512;
    private static final List<Integer> BUDGETS = List.of(32, 64, 128, 256, BUDGET, 1024);
    private static final int DRAWS = 20;

    private final Console console;

    @Option(names = "--folder", paramLabel = "DIR", defaultValue = "iterscope-demo",
            description = "Where the recording and the report go (default: ${DEFAULT-VALUE}).")
    private Path folder = Path.of("iterscope-demo");

    @Option(names = "--runs", paramLabel = "N", defaultValue = "2",
            description = "Runs of each measured setting (default: ${DEFAULT-VALUE}).")
    private int runs = 2;

    @Mixin
    private OutputOptions output = new OutputOptions();

    DemoCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        output.requireWritable("-o");
        if (runs < 1 || runs > 100) {
            throw UserInputException.usage("--runs must be from 1 to 100: " + runs);
        }
        createFolder();
        Path recording = folder.resolve("demo.jfr");
        Workload workload = DemoWorkload.make();
        console.note("serving with max-num-batched-tokens " + BUDGET + ", recording to " + recording);
        ServingMetrics recorded = serve(workload, recording);
        console.note("projecting from the recording, then measuring the present and the recommended setting");
        try (Interruption interruption = Interruption.install()) {
            ProjectionReport report = answer(RecordingArguments.read(List.of(recording), new TogetherOption()), interruption);
            List<WrittenFile> files = files(recording, report);
            output.write(console, out -> print(new DemoReport(workload.source(), BUDGET, recorded, report, files), out));
            return ExitCode.DONE;
        }
    }

    private ProjectionReport answer(Sources sources, Interruption interruption) {
        try (ProgressMeter meter = new ProgressMeter(console)) {
            return answer(sources, meter, interruption);
        }
    }

    private void createFolder() {
        try {
            Files.createDirectories(folder);
        } catch (IOException fault) {
            throw UserInputException.input(
                    folder.toString(), "", "cannot be made a folder (" + Faults.reason(fault) + ")", "choose another with --folder");
        }
    }

    private static ServingMetrics serve(Workload workload, Path recording) {
        EngineConfig config = engine().withObservation(ObservationOptions.DEFAULT.recordingTo(recording));
        MetricsCollector metrics = new MetricsCollector(workload.requests().size());
        try (Engine engine = Engine.open(config)) {
            engine.run(workload.requests(), OptionalInt.empty(), metrics);
        }
        return metrics.metrics(GoodputLimits.NONE);
    }

    private static EngineConfig engine() {
        EngineConfig config = EngineConfig.defaults(ModelPresets.TINY);
        return config.withScheduler(config.scheduler().withMaxNumBatchedTokens(BUDGET));
    }

    private ProjectionReport answer(Sources sources, ProgressMeter meter, Interruption interruption) {
        Slo slo = objective(projector(sources, Slo.NONE, List.of(BUDGET), 0, meter, interruption).project());
        Projector projector = projector(sources, slo, BUDGETS, DRAWS, meter, interruption);
        return switch (projector.prepare()) {
            case Projector.Preparation.Missing _ -> projector.project();
            case Projector.Preparation.Ready(Prepared prepared) -> {
                List<SweepPoint> points = projector.simulate(prepared);
                ProjectionReport predicted = projector.project(prepared, points, List.of());
                List<Integer> budgets = Stream.of(BUDGET, predicted.recommendation().maxNumBatchedTokens().orElse(BUDGET))
                        .distinct()
                        .toList();
                yield projector.project(prepared, points, measure(sources, slo, budgets, meter, interruption));
            }
        };
    }

    /// Half of the tail that the present setting has where nothing else disturbs: an objective that fits any machine.
    private static Slo objective(ProjectionReport present) {
        return present.sweep().isEmpty()
                ? Slo.NONE
                : Slo.parse(String.format(
                        Locale.ROOT, "p99_itl_ms<=%.0f", Math.max(1, present.sweep().getFirst().metrics().itl().p99() / 2)));
    }

    private List<MeasuredPoint> measure(
            Sources sources, Slo slo, List<Integer> budgets, ProgressMeter meter, Interruption interruption) {
        return switch (projector(sources, slo, budgets, 0, meter, interruption).prepare()) {
            case Projector.Preparation.Missing _ -> List.of();
            case Projector.Preparation.Ready(Prepared two) ->
                    new Measurements(engine(), OptionalInt.empty(), runs, meter, interruption::requested).run(two);
        };
    }

    private static Projector projector(
            Sources sources, Slo slo, List<Integer> budgets, int draws, ProgressMeter meter, Interruption interruption) {
        ConditionOptions conditions = ConditionOptions.NONE.over(budgets, List.of()).within(slo).withDraws(draws);
        return new Projector(sources, conditions, WorkloadOptions.NONE, meter, interruption::requested);
    }

    private List<WrittenFile> files(Path recording, ProjectionReport report) {
        Path page = folder.resolve("report.html");
        Path json = folder.resolve("report.json");
        OutputFile.print(page, html -> HtmlReport.write(report, html));
        OutputFile.print(json, text -> JsonReport.writeProject(report, text));
        return List.of(
                new WrittenFile(recording.toString(),
                        "the recording; open it in JDK Mission Control, or: jfr view --width 240 iterscope.Iteration "
                                + recording),
                new WrittenFile(page.toString(), "the whole report, for a browser"),
                new WrittenFile(json.toString(), "the same for programs; again with: iterscope project " + recording));
    }

    private void print(DemoReport story, PrintWriter out) {
        switch (output.format()) {
            case TEXT -> story.write(out, console.columns(), console.colour());
            case JSON -> JsonReport.writeProject(story.report(), out);
            case CSV -> CsvReport.write(story.report(), out);
            case HTML -> HtmlReport.write(story.report(), out);
        }
    }
}
