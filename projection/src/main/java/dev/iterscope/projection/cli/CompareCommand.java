package dev.iterscope.projection.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.importer.Recordings;
import dev.iterscope.projection.model.IterationFit;
import dev.iterscope.projection.model.IterationModels;
import dev.iterscope.projection.model.IterationOptions;
import dev.iterscope.projection.model.IterationStepModel;
import dev.iterscope.projection.model.RecordingComparison;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.report.JsonDocument;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `iterscope compare`: did a change help?
@Command(name = "compare", mixinStandardHelpOptions = true, description = {
    "Compares two recordings of one service on equal batches: what changed, per term and kernel, with intervals."})
final class CompareCommand implements Callable<Integer> {
    private static final String NO_CHANGE = "no change shown";

    private final Console console;

    @Parameters(index = "0", paramLabel = "A", description = "Recording before the change.")
    private Path before = Path.of("");

    @Parameters(index = "1", paramLabel = "B", description = "Recording after it.")
    private Path after = Path.of("");

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
        requireTwo();
        Recording a = Recordings.read(List.of(before), kernelKinds.kinds());
        Recording b = Recordings.read(List.of(after), kernelKinds.kinds());
        RecordingComparison comparison = RecordingComparison.of(a, fitted(before, a), b, fitted(after, b));
        if (comparison.matchedSteps() == 0) {
            throw UserInputException.input(after.toString(), "", "holds no batch like one of " + before, "record both under the same load");
        }
        output.write(console, out -> {
            switch (output.format()) {
                case JSON -> json(comparison, out);
                case CSV -> csv(comparison, out);
                case TEXT, HTML -> text(comparison, out);
            }
        });
        return ExitCode.DONE;
    }

    /// A recording does not differ from itself, so naming it twice is a slip.
    private void requireTwo() {
        boolean same;
        try {
            same = Files.isSameFile(before, after);
        } catch (IOException missing) {
            // Which of them, and why, the reading says.
            return;
        }
        if (same) {
            throw UserInputException.input(after.toString(), "", "is the same file as " + before,
                    "name a recording before the change and one after");
        }
    }

    private static IterationStepModel fitted(Path file, Recording recording) {
        return switch (IterationModels.fit(recording, IterationOptions.DEFAULTS)) {
            case IterationFit.Fitted(IterationStepModel model) -> model;
            case IterationFit.NotPossible(String reason, String next) -> throw UserInputException.input(file.toString(), "", reason, next);
        };
    }

    private static String verdict(RecordingComparison comparison) {
        if (!comparison.isShown()) {
            return "no-difference-shown";
        }
        return comparison.changePercent() < 0 ? "faster" : "slower";
    }

    private static void text(RecordingComparison c, PrintWriter out) {
        out.printf(Locale.ROOT, "B against A on %d like batches: %+.1f %% time (95 %%: %+.1f to %+.1f): %s%n", c.matchedSteps(),
                c.changePercent(),
                c.low95(), c.high95(), verdict(c).replace('-', ' '));
        c.terms().forEach(t -> out.printf(Locale.ROOT, "  %-22s %12.3f ms %12.3f ms  %s%s%n", t.name(), t.aNanos() / 1e6, t.bNanos() / 1e6,
                t.isShown() ? words(t.change()) : NO_CHANGE, t.identifiable() ? "" : " (not told apart from other terms)"));
        c.kernels().forEach(k -> out.printf(Locale.ROOT, "  kernel %-30s %10.1f us %10.1f us  %s%n", k.name(), k.aNanos() / 1e3,
                k.bNanos() / 1e3, words(k.change())));
    }

    /// A change is named where its interval shows one.
    private static String words(RecordingComparison.Change change) {
        if (!change.isShown()) {
            return NO_CHANGE;
        }
        return change.percent().isPresent()
                ? String.format(Locale.ROOT, "%+.1f %% (95 %%: %+.1f to %+.1f)", change.percent().getAsDouble(),
                        change.lowPercent95().orElse(0), change.highPercent95().orElse(0))
                : String.format(Locale.ROOT, "%+.3f ms (95 %%: %+.3f to %+.3f)", change.nanos() / 1e6, change.lowNanos95() / 1e6,
                        change.highNanos95() / 1e6);
    }

    private static void csv(RecordingComparison c, PrintWriter out) {
        out.println("part,name,a_nanos,b_nanos,change_percent,low95,high95");
        out.printf(Locale.ROOT, "step,all,,,%.3f,%.3f,%.3f%n", c.changePercent(), c.low95(), c.high95());
        c.terms().forEach(t -> out.println(cells("term", t.name(), t.aNanos(), t.bNanos(), t.change())));
        c.kernels().forEach(k -> out.println(cells("kernel", k.name(), k.aNanos(), k.bNanos(), k.change())));
    }

    private static String cells(String part, String name, double before, double after, RecordingComparison.Change change) {
        return Csv.line(List.of(part, name, String.format(Locale.ROOT, "%.0f", before), String.format(Locale.ROOT, "%.0f", after),
                cell(change.percent()), cell(change.lowPercent95()), cell(change.highPercent95())));
    }

    private static String cell(OptionalDouble percent) {
        return percent.isPresent() ? String.format(Locale.ROOT, "%.3f", percent.getAsDouble()) : "";
    }

    private static void json(RecordingComparison c, PrintWriter out) {
        ObjectNode root = JsonDocument.create();
        root.put("matched_steps", c.matchedSteps());
        JsonDocument.put(root, "change_percent", c.changePercent());
        JsonDocument.put(root, "low95", c.low95());
        JsonDocument.put(root, "high95", c.high95());
        root.put("verdict", verdict(c));
        ArrayNode terms = root.putArray("terms");
        c.terms().forEach(t -> change(terms.addObject(), t.name(), t.aNanos(), t.bNanos(), t.change())
                .put("shown", t.isShown())
                .put("identifiable", t.identifiable()));
        ArrayNode kernels = root.putArray("kernels");
        c.kernels().forEach(k -> change(kernels.addObject(), k.name(), k.aNanos(), k.bNanos(), k.change())
                .put("shown", k.change().isShown()));
        JsonDocument.print(root, out);
    }

    private static ObjectNode change(ObjectNode node, String name, double aNanos, double bNanos, RecordingComparison.Change change) {
        node.put("name", name);
        JsonDocument.put(node, "a_nanos", aNanos);
        JsonDocument.put(node, "b_nanos", bNanos);
        JsonDocument.put(node, "change_percent", change.percent());
        JsonDocument.put(node, "low95", change.lowPercent95());
        return JsonDocument.put(node, "high95", change.highPercent95());
    }
}
