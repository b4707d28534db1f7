package dev.iterscope.projection.cli;

import dev.iterscope.projection.answer.ConditionOptions;
import dev.iterscope.projection.answer.Projector;
import dev.iterscope.projection.answer.Sources;
import dev.iterscope.projection.report.CsvReport;
import dev.iterscope.projection.report.HtmlReport;
import dev.iterscope.projection.report.JsonReport;
import dev.iterscope.projection.report.ProjectionReport;
import dev.iterscope.projection.report.Provenance;
import dev.iterscope.projection.report.TextReport;
import dev.iterscope.projection.workload.WorkloadOptions;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `iterscope project`: from recordings to a recommended token budget.
@Command(name = "project", mixinStandardHelpOptions = true, sortOptions = false, description = {
    "Says what was recorded, where the time goes, and which max-num-batched-tokens to run with.",
    "Takes .jfr recordings, logs of vLLM, TensorRT-LLM and SGLang, nsys SQLite exports, PyTorch traces and bench results."})
final class ProjectCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(paramLabel = "RECORDING", arity = "1..*",
            description = "Recordings of one service: several budgets, or a log with its bench result.")
    private List<Path> recordings = List.of();

    @Mixin
    private TogetherOption together = new TogetherOption();

    @Mixin
    private KernelKindsMixin kernelKinds = new KernelKindsMixin();

    @Mixin
    private ConditionMixin conditions = new ConditionMixin();

    @Mixin
    private ModelOption model = new ModelOption();

    @Mixin
    private final KernelMixin kernels;

    @Mixin
    private WorkloadMixin workload = new WorkloadMixin();

    @Mixin
    private OutputOptions output = new OutputOptions();

    ProjectCommand(Console console) {
        this.console = console;
        kernels = new KernelMixin(console);
    }

    @Override
    public Integer call() {
        output.requireWritable("-o");
        ConditionOptions asked = conditions.options();
        WorkloadOptions requests = workload.options();
        Sources sources = kernels.applied(RecordingArguments.read(recordings, kernelKinds.kinds(), together), model);
        try (Interruption interruption = Interruption.install()) {
            ProjectionReport report = project(sources, asked, requests, interruption);
            output.write(console, out -> write(report, out));
            return exitCode(report);
        }
    }

    private ProjectionReport project(
            Sources sources, ConditionOptions asked, WorkloadOptions requests, Interruption interruption) {
        try (ProgressMeter meter = new ProgressMeter(console)) {
            Projector projector = new Projector(sources, asked, requests, meter, interruption::requested);
            ProjectionReport report = projector.project().madeBy(new Provenance(recordings, requests, Optional.empty()));
            SweepCommand.sayEffort(console, projector.effort());
            return report;
        }
    }

    private void write(ProjectionReport report, PrintWriter out) {
        switch (output.format()) {
            case TEXT -> TextReport.writeProject(report, out, console.columns(), console.colour());
            case JSON -> JsonReport.writeProject(report, out);
            case CSV -> CsvReport.write(report, out);
            case HTML -> HtmlReport.write(report, out);
        }
    }

    /// 1 when an objective was given and simulated and no setting meets it.
    static int exitCode(ProjectionReport report) {
        boolean missed = !report.slo().isEmpty()
                && !report.sweep().isEmpty()
                && report.sweep().stream().noneMatch(point -> point.sloMet().orElse(false));
        return missed ? ExitCode.SLO_NOT_MET : ExitCode.DONE;
    }
}
