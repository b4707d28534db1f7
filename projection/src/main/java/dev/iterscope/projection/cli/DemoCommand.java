package dev.iterscope.projection.cli;

import dev.iterscope.engine.Engine;
import dev.iterscope.engine.EngineConfig;
import dev.iterscope.engine.ObservationOptions;
import dev.iterscope.engine.request.Request;
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
import dev.iterscope.projection.search.Setting;
import dev.iterscope.projection.search.Slo;
import dev.iterscope.projection.search.SweepPoint;
import dev.iterscope.projection.workload.DemoWorkload;
import dev.iterscope.projection.workload.WorkloadOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `iterscope demo`: the whole story on one machine, nothing to configure.
@Command(name = "demo", mixinStandardHelpOptions = true, sortOptions = false, description = {
    "Serves, records, projects, recommends, and measures what was recommended: the whole story in about a minute."})
final class DemoCommand implements Callable<Integer> {
    private static final double SHARE_OF_ITL = 0.65;
    private static final double SHARE_OF_TTFT = 1.5;
    /// Served once before anything counts: the first requests of a JVM meet code that is not compiled yet.
    private static final int WARM_UP_REQUESTS = 16;

    private final Console console;

    @Option(names = "--folder", paramLabel = "DIR", defaultValue = "iterscope-demo",
            description = "Where the recording and the report go (default: ${DEFAULT-VALUE}).")
    private Path folder = Path.of("iterscope-demo");

    @Option(names = "--backend", paramLabel = "NAME", defaultValue = "emulated",
            description = "emulated: the engine on an emulated H100, the same on any machine; cpu: a tiny model on this machine (default: ${DEFAULT-VALUE}).")
    private String backend = "emulated";

    @Option(names = "--runs", paramLabel = "N",
            description = "Runs of each measured setting (default: 1, on the CPU 2).")
    private @Nullable Integer runs;

    @Option(names = "--documents", paramLabel = "N", hidden = true, defaultValue = "" + DemoWorkload.DOCUMENTS)
    private int documents = DemoWorkload.DOCUMENTS;

    @Mixin
    private OutputOptions output = new OutputOptions();

    DemoCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        output.requireWritable("-o");
        if (runs != null && (runs < 1 || runs > 100)) {
            throw UserInputException.usage("--runs must be from 1 to 100: " + runs);
        }
        createFolder();
        DemoService service = DemoService.on(backend, documents);
        Path recording = folder.resolve("demo.jfr");
        console.note("serving with max-num-batched-tokens " + service.present() + " on " + service.place() + ", recording to " + recording);
        List<Request> requests = service.workload().requests();
        serve(service, requests.stream().limit(WARM_UP_REQUESTS).toList(), recording);
        ServingMetrics recorded = serve(service, requests, recording);
        console.note("projecting from the recording, then measuring the recommended setting, its neighbours and the present one");
        try (Interruption interruption = Interruption.install()) {
            ProjectionReport report = answer(service, RecordingArguments.read(List.of(recording), new TogetherOption()), interruption);
            List<WrittenFile> files = files(recording, report);
            DemoReport.Served served =
                    new DemoReport.Served(service.place(), service.nature(), service.workload().source(), service.present());
            output.write(console, out -> print(new DemoReport(served, recorded, report, files), out));
            return ExitCode.DONE;
        }
    }

    private ProjectionReport answer(DemoService service, Sources sources, Interruption interruption) {
        try (ProgressMeter meter = new ProgressMeter(console)) {
            return answer(service, sources, meter, interruption);
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

    private static ServingMetrics serve(DemoService service, List<Request> requests, Path recording) {
        EngineConfig config = service.engine().withObservation(ObservationOptions.DEFAULT.recordingTo(recording));
        MetricsCollector metrics = new MetricsCollector(requests.size());
        try (Engine engine = Engine.open(config)) {
            engine.run(requests, OptionalInt.empty(), metrics);
        }
        return metrics.metrics(GoodputLimits.NONE);
    }

    private ProjectionReport answer(DemoService service, Sources sources, ProgressMeter meter, Interruption interruption) {
        Slo slo = objective(
                projector(sources, ConditionOptions.NONE.over(List.of(service.present()), List.of()).withDraws(0), meter, interruption)
                        .project());
        ConditionOptions conditions = ConditionOptions.NONE.over(service.budgets(), List.of()).within(slo);
        Projector projector = projector(sources, conditions, meter, interruption);
        return switch (projector.prepare()) {
            case Projector.Preparation.Missing _ -> projector.project();
            case Projector.Preparation.Ready(Prepared found) -> {
                Measurements measurements = new Measurements(
                        service.engine(), OptionalInt.empty(), runs == null ? service.runs() : runs, meter, interruption::requested,
                        this::observation);
                Prepared prepared = found.withCapacity(measurements.capacity(found));
                List<SweepPoint> points = projector.simulate(prepared);
                ProjectionReport predicted = projector.project(prepared, points, List.of());
                int chosen = predicted.recommendation().maxNumBatchedTokens().orElse(service.present());
                ConditionOptions some = ConditionOptions.NONE.over(service.measuredBudgets(chosen), List.of()).within(slo).withDraws(0);
                yield projector.project(prepared, points, measure(projector(sources, some, meter, interruption), measurements));
            }
        };
    }

    /// A shorter tail between tokens and a first token that may wait a little longer, against what the present setting has by the model: an
    /// objective that fits any machine.
    private static Slo objective(ProjectionReport present) {
        if (present.sweep().isEmpty()) {
            return Slo.NONE;
        }
        ServingMetrics now = present.sweep().getFirst().metrics();
        return Slo.parse(String.format(Locale.ROOT, "p99_itl_ms<=%.0f,p99_ttft_ms<=%.0f", Math.max(1, SHARE_OF_ITL * now.itl().p99()),
                Math.max(1, SHARE_OF_TTFT * now.ttft().p99())));
    }

    private static List<MeasuredPoint> measure(Projector projector, Measurements measurements) {
        return switch (projector.prepare()) {
            case Projector.Preparation.Missing _ -> List.of();
            case Projector.Preparation.Ready(Prepared some) -> measurements.runWarm(some.withCapacity(measurements.capacity(some)));
        };
    }

    /// Measurements are recorded as the present setting was: what recording costs is then the same for both.
    private ObservationOptions observation(Setting setting) {
        return ObservationOptions.DEFAULT.recordingTo(measuredFile(setting.maxNumBatchedTokens()));
    }

    private Path measuredFile(int budget) {
        return folder.resolve("measured-" + budget + ".jfr");
    }

    private static Projector projector(
            Sources sources, ConditionOptions conditions, ProgressMeter meter, Interruption interruption) {
        return new Projector(sources, conditions, WorkloadOptions.NONE, meter, interruption::requested);
    }

    private List<WrittenFile> files(Path recording, ProjectionReport report) {
        Path page = folder.resolve("report.html");
        Path json = folder.resolve("report.json");
        OutputFile.print(page, html -> HtmlReport.write(report, html));
        OutputFile.print(json, text -> JsonReport.writeProject(report, text));
        List<WrittenFile> files = new ArrayList<>();
        files.add(new WrittenFile(recording.toString(),
                "the recording; open it in JDK Mission Control, or: jfr view --width 240 iterscope.Iteration " + recording));
        report.measured().forEach(point -> {
            Path measured = measuredFile(point.setting().maxNumBatchedTokens());
            files.add(new WrittenFile(measured.toString(),
                    "measured; against the recording: iterscope compare " + recording + " " + measured));
        });
        files.add(new WrittenFile(page.toString(), "the whole report, for a browser"));
        files.add(new WrittenFile(json.toString(), "the same for programs; again with: iterscope project " + recording));
        return files;
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
