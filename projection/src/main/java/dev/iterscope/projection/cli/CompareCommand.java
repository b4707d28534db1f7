package dev.iterscope.projection.cli;

import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.compare.ComparisonJson;
import dev.iterscope.projection.compare.ComparisonText;
import dev.iterscope.projection.compare.PredictionOutcome;
import dev.iterscope.projection.compare.ResultChange;
import dev.iterscope.projection.compare.ServiceComparison;
import dev.iterscope.projection.importer.Recordings;
import dev.iterscope.projection.model.RecordingComparison;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.report.Figures;
import dev.iterscope.projection.search.Interval95;
import dev.iterscope.projection.search.Slo;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `iterscope compare`: did a change help, and did what was predicted come true?
@Command(name = "compare", mixinStandardHelpOptions = true, sortOptions = false, description = {
    "Compares two recordings of one service: throughput and latencies with intervals, the objective, a prediction, and steps on equal",
    "batches per term and kernel. Exit code 1 where --slo is given and AFTER misses it."})
final class CompareCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(index = "0", paramLabel = "BEFORE",
            description = "Recording before the change; several sources of one run (a log and its bench result) separated by commas.")
    private String before = "";

    @Parameters(index = "1", paramLabel = "AFTER", description = "Recording after it.")
    private String after = "";

    @Option(names = "--slo", paramLabel = "BOUNDS", description = "What the service is to keep: p99_ttft_ms<=2000,p99_itl_ms<=50")
    private @Nullable String slo;

    @Option(names = "--predicted", paramLabel = "FILE",
            description = "What project or sweep wrote with --format json: predicted beside measured for the setting of AFTER.")
    private @Nullable Path predicted;

    @Mixin
    private KernelKindsMixin kernelKinds = new KernelKindsMixin();

    @Mixin
    private OutputOptions output = new OutputOptions();

    CompareCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        output.requireOneOf("compare", Set.of(OutputOptions.Format.TEXT, OutputOptions.Format.JSON, OutputOptions.Format.CSV));
        Slo objective = slo == null ? Slo.NONE : Slo.parse(slo);
        requireTwo();
        Recording a = Recordings.read(sources(before), kernelKinds.kinds());
        Recording b = Recordings.read(sources(after), kernelKinds.kinds());
        ServiceComparison comparison = ServiceComparison.of(a, b, objective, Optional.ofNullable(predicted));
        if (comparison.isEmpty()) {
            throw UserInputException.input(after, "", "has no result and no batch to compare with " + before,
                    "record both under the same load");
        }
        output.write(console, out -> {
            switch (output.format()) {
                case JSON -> ComparisonJson.write(comparison, out);
                case CSV -> csv(comparison, out);
                case TEXT, HTML -> ComparisonText.write(comparison, out, console.columns(), console.colour());
            }
        });
        return comparison.missesObjective() ? ExitCode.SLO_NOT_MET : ExitCode.DONE;
    }

    /// A name with a comma may also be that of one file.
    private static List<Path> sources(String names) {
        Path whole = Path.of(names);
        return Files.exists(whole) ? List.of(whole) : Arrays.stream(names.split(",", -1)).map(Path::of).toList();
    }

    /// A recording does not differ from itself, so naming it twice is a slip.
    private void requireTwo() {
        boolean same;
        try {
            Path one = Path.of(before);
            Path other = Path.of(after);
            same = Files.isSameFile(one, other)
                    || (Files.isRegularFile(one) && Files.isRegularFile(other) && Files.mismatch(one, other) < 0);
        } catch (IOException missing) {
            // Which of them, and why, the reading says.
            return;
        }
        if (same) {
            throw UserInputException.input(after, "", "is the same as " + before,
                    "name a recording before the change and one after");
        }
    }

    private static void csv(ServiceComparison comparison, PrintWriter out) {
        out.println("part,name,before,after,change_percent,low95,high95,shown,reason");
        for (ResultChange change : comparison.results().changes()) {
            row(out, "result", change.key(), change.before(), change.after(), change.percent(),
                    change.interval().map(CompareCommand::ends), change.isShown(), change.unknown());
        }
        comparison.prediction().map(PredictionOutcome::results).orElse(List.of()).forEach(result -> row(out, "predicted", result.key(),
                OptionalDouble.of(result.predicted()), OptionalDouble.of(result.measured()), OptionalDouble.empty(),
                result.interval().map(CompareCommand::ends), false,
                result.isInside().map(inside -> inside ? "inside" : "outside").orElse("")));
        if (comparison.steps() instanceof ServiceComparison.Steps.Compared(RecordingComparison steps)) {
            row(out, "step", "all", OptionalDouble.empty(), OptionalDouble.empty(), OptionalDouble.of(steps.changePercent()),
                    Optional.of(new double[] {steps.low95(), steps.high95()}), steps.isShown(), "");
            steps.terms().forEach(term -> row(out, "term", term.name(), OptionalDouble.of(term.aNanos()),
                    after(term.change()), percent(term.change()), ends(term.change()), term.isShown(), term.reason()));
            steps.kernels().forEach(kernel -> row(out, "kernel", kernel.name(), OptionalDouble.of(kernel.aNanos()),
                    OptionalDouble.of(kernel.bNanos()), percent(kernel.change()), ends(kernel.change()), kernel.isShown(),
                    kernel.reason()));
        }
    }

    private static OptionalDouble after(Optional<RecordingComparison.Change> change) {
        return change.map(found -> OptionalDouble.of(found.before() + found.nanos())).orElse(OptionalDouble.empty());
    }

    private static OptionalDouble percent(Optional<RecordingComparison.Change> change) {
        return change.map(RecordingComparison.Change::percent).orElse(OptionalDouble.empty());
    }

    private static Optional<double[]> ends(Optional<RecordingComparison.Change> change) {
        return change.filter(found -> found.percent().isPresent())
                .map(found -> new double[] {found.lowPercent95().orElseThrow(), found.highPercent95().orElseThrow()});
    }

    private static double[] ends(Interval95 interval) {
        return new double[] {interval.low(), interval.high()};
    }

    private static void row(
            PrintWriter out, String part, String name, OptionalDouble before, OptionalDouble after, OptionalDouble percent,
            Optional<double[]> ends, boolean shown, String reason) {
        out.println(Csv.line(List.of(part, name, cell(before), cell(after), cell(percent),
                ends.map(both -> cell(OptionalDouble.of(both[0]))).orElse(""),
                ends.map(both -> cell(OptionalDouble.of(both[1]))).orElse(""),
                String.valueOf(shown), reason)));
    }

    private static String cell(OptionalDouble value) {
        return value.isPresent() && Double.isFinite(value.getAsDouble()) ? String.valueOf(Figures.significant(value.getAsDouble())) : "";
    }
}
