package dev.iterscope.projection.cli;

import dev.iterscope.engine.EngineConfig;
import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.answer.ConditionOptions;
import dev.iterscope.projection.answer.Prepared;
import dev.iterscope.projection.answer.Projector;
import dev.iterscope.projection.answer.Sources;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.report.CsvReport;
import dev.iterscope.projection.report.HtmlReport;
import dev.iterscope.projection.report.JsonReport;
import dev.iterscope.projection.report.ProjectionReport;
import dev.iterscope.projection.report.Provenance;
import dev.iterscope.projection.report.TextReport;
import dev.iterscope.projection.search.KvCapacity;
import dev.iterscope.projection.search.SweepPoint;
import dev.iterscope.projection.workload.WorkloadOptions;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
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
    private static final long QUIET_NANOS = 1_000_000_000L;

    private final Console console;

    @Parameters(paramLabel = "RECORDING", arity = "0..*", description = "Recordings of one service.")
    private List<Path> recordings = List.of();

    @Mixin
    private TogetherOption together = new TogetherOption();

    @Mixin
    private ConditionMixin conditions = new ConditionMixin();

    @Mixin
    private WorkloadMixin workload = new WorkloadMixin();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Option(names = "--measure", description = "Also run every point on a backend, predicted beside measured.")
    private boolean measure;

    @Topic.Of(Topic.ENGINE)
    @Option(names = "--measure-own-model",
            description = "Let --measure take its step times from the model that predicts: it then checks scheduling, and not that model.")
    private boolean ownModel;

    @Topic.Of(Topic.ENGINE)
    @Option(names = "--backend", paramLabel = "NAME",
            description = "Backend of --measure: cpu, cuda or emulated (recorded; beside kernels alone cpu).")
    private @Nullable String backend;

    @Topic.Of(Topic.ENGINE)
    @Option(names = "--runs", paramLabel = "N", defaultValue = "3",
            description = "Runs of each measured point (default: ${DEFAULT-VALUE}).")
    private int runs = 3;

    @Topic.Of(Topic.ENGINE)
    @Option(names = "--time-scale", paramLabel = "S", defaultValue = "1",
            description = "Emulated seconds per predicted second of --backend emulated (default: ${DEFAULT-VALUE}).")
    private double timeScale = 1;

    @Mixin
    private ModelOption model = new ModelOption();

    @Mixin
    private final KernelMixin kernels;

    @Mixin
    private EngineMixin engine = new EngineMixin();

    SweepCommand(Console console) {
        this.console = console;
        kernels = new KernelMixin(console);
    }

    @Override
    public Integer call() {
        output.requireWritable("-o");
        if (recordings.isEmpty() && !kernels.given()) {
            throw UserInputException.usage("sweep needs a recording, or --kernel-profile or --kernel-model with --model");
        }
        if (ownModel && !measure) {
            throw UserInputException.usage("--measure-own-model needs --measure");
        }
        if (runs < 1 || runs > 1000 || !(timeScale > 0 && timeScale <= 1000)) {
            throw UserInputException.usage("--runs must be from 1 to 1000 and --time-scale above 0 and at most 1000");
        }
        ConditionOptions asked = conditions.options();
        WorkloadOptions requests = workload.options();
        Sources sources = sources();
        try (Interruption interruption = Interruption.install()) {
            ProjectionReport report = sweep(sources, asked, requests, interruption);
            output.write(console, out -> write(report, out));
            return ProjectCommand.exitCode(report);
        }
    }

    private Sources sources() {
        return recordings.isEmpty()
                ? kernels.alone(model)
                : kernels.applied(RecordingArguments.read(recordings, together), model);
    }

    private ProjectionReport sweep(
            Sources sources, ConditionOptions asked, WorkloadOptions requests, Interruption interruption) {
        try (ProgressMeter meter = new ProgressMeter(console)) {
            Projector projector = new Projector(sources, asked, requests, meter, interruption::requested);
            ProjectionReport report = switch (projector.prepare()) {
                case Projector.Preparation.Missing missing -> throw unusable(missing.reason(), missing.remedy());
                case Projector.Preparation.Ready(Prepared prepared) ->
                        measure ? measured(sources, projector, prepared, meter, interruption) : predicted(projector, prepared);
            };
            sayEffort(console, projector.effort());
            return report.provenance().measured().isPresent()
                    ? report
                    : report.madeBy(new Provenance(recordings, workload.options(), Optional.empty()));
        }
    }

    /// Says what simulating took, where it took long enough to wonder.
    static void sayEffort(Console console, Projector.Effort effort) {
        if (effort.nanos() > QUIET_NANOS) {
            double seconds = effort.nanos() / 1e9;
            console.note(String.format(
                    Locale.ROOT,
                    "simulated %,d steps in %.1f s (%,.0f steps/s)",
                    effort.iterations(),
                    seconds,
                    effort.iterations() / seconds));
        }
    }

    private ProjectionReport predicted(Projector projector, Prepared prepared) {
        if (prepared.spec().capacity() instanceof KvCapacity.Unknown) {
            throw unusable("it is not known how many tokens the KV cache holds", "give --num-gpu-blocks-override");
        }
        return projector.project(prepared, projector.simulate(prepared), List.of());
    }

    private ProjectionReport measured(
            Sources sources, Projector projector, Prepared prepared, ProgressMeter meter, Interruption interruption) {
        if (prepared.spec().ranks().size() > 1) {
            throw UserInputException.usage("--measure runs one engine, and " + prepared.spec().ranks().size()
                    + " data-parallel ranks are asked for or recorded; give --data-parallel-size 1");
        }
        if (prepared.workload().hasEncoderInputs()) {
            throw UserInputException.input(prepared.workload().source(), "", "has encoder inputs, and no backend has an encoder",
                    "leave out --measure");
        }
        MeasuredEngine chosen = MeasuredEngine.choose(
                sources.served().map(Recording::settings), Optional.ofNullable(backend), model, ownModel);
        console.note(chosen.note());
        EngineConfig base = engine.config(chosen.backend(), chosen.model(), kernels);
        if (chosen.backend().equals("emulated")) {
            base = base.emulating(prepared.model().point(), timeScale);
        }
        Measurements measurements =
                new Measurements(base, conditions.limits().kvBlocks(), runs, meter, interruption::requested);
        Prepared same = prepared.withCapacity(measurements.capacity(prepared));
        // Simulated first: whoever interrupts the measurements keeps all predictions.
        List<SweepPoint> points = projector.simulate(same);
        return projector.project(same, points, measurements.run(same))
                .madeBy(new Provenance(recordings, workload.options(), Optional.of(chosen.note())));
    }

    private UserInputException unusable(String what, String remedy) {
        return UserInputException.input(
                recordings.isEmpty() ? "the kernel model" : String.join(", ", recordings.stream().map(String::valueOf).toList()), "", what,
                remedy);
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
