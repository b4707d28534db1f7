package dev.iterscope.projection.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.importer.Recordings;
import dev.iterscope.projection.model.StepExplanation;
import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.report.JsonDocument;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `iterscope explain`: one step, predicted against measured.
@Command(name = "explain", mixinStandardHelpOptions = true, description = {
    "Explains one iteration: predicted against measured, by term and kernel, KV and preemption, and pauses of the process."})
final class ExplainCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(index = "0", paramLabel = "RECORDING", description = "Recording.")
    private Path recording = Path.of("");

    @Parameters(index = "1", paramLabel = "N", description = "Number of the iteration.")
    private long number;

    @Mixin
    private KernelKindsMixin kernelKinds = new KernelKindsMixin();

    @Mixin
    private OutputOptions output = new OutputOptions();

    ExplainCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        output.requireOneOf("explain", Set.of(OutputOptions.Format.TEXT, OutputOptions.Format.JSON, OutputOptions.Format.CSV));
        StepExplanation step = StepExplanation.of(Recordings.read(List.of(recording), kernelKinds.kinds()), number)
                .orElseThrow(() -> UserInputException.input(recording.toString(), "", "holds no iteration " + number,
                        "see its iterations with iterscope export --format csv"));
        output.write(console, out -> {
            switch (output.format()) {
                case JSON -> json(step, out);
                case CSV -> csv(step, out);
                case TEXT, HTML -> text(step, out);
            }
        });
        return ExitCode.DONE;
    }

    private static void text(StepExplanation step, PrintWriter out) {
        Iteration i = step.iteration();
        out.printf(Locale.ROOT, "Iteration %d of engine %d: %d context requests (%d tokens), %d generation requests (%d tokens)%n",
                i.number().orElse(-1), i.engine(), i.contextRequests(), i.contextTokens(), i.generationRequests(), i.generationTokens());
        i.kv().ifPresent(kv -> {
            if (kv.blocksUsed().isPresent() && kv.blocksTotal().isPresent()) {
                out.printf(Locale.ROOT, "KV cache: %d of %d blocks%n", kv.blocksUsed().getAsLong(), kv.blocksTotal().getAsLong());
            } else if (kv.share().isPresent()) {
                out.printf(Locale.ROOT, "KV cache: %.1f %%%n", 100 * kv.share().getAsDouble());
            }
        });
        i.preemptions().ifPresent(n -> out.println("Preemptions: " + n));
        if (step.measuredNanos().isPresent()) {
            out.printf(Locale.ROOT, "Measured  %10.3f ms%n", step.measuredNanos().getAsLong() / 1e6);
        }
        if (step.predictedNanos().isPresent()) {
            out.printf(Locale.ROOT, "Predicted %10.3f ms (steps lie within about %.1f %% of it)%n",
                    step.predictedNanos().getAsDouble() / 1e6,
                    196 * step.deviation().orElse(0));
        }
        step.terms().forEach((term, nanos) -> out.printf(Locale.ROOT, "  %-22s %10.3f ms%n", term.label(), nanos / 1e6));
        step.kernels().forEach(k -> out.printf(Locale.ROOT, "  kernel %-40s %10.3f ms%n", k.name(), k.timeNanos() / 1e6));
        step.pauses().forEach(p -> out.printf(Locale.ROOT, "Meanwhile: %s of %.3f ms%n", p.kind(), p.timeNanos() / 1e6));
        if (!i.marks().isEmpty()) {
            out.println("Marked: " + i.marks());
        }
    }

    private static void csv(StepExplanation step, PrintWriter out) {
        out.println("part,name,nanos");
        step.measuredNanos().ifPresent(n -> out.println("step,measured," + n));
        step.predictedNanos().ifPresent(n -> out.println("step,predicted," + Math.round(n)));
        step.terms().forEach((term, nanos) -> out.println("term," + term.label() + "," + Math.round(nanos)));
        step.kernels().forEach(k -> out.println(Csv.line(List.of("kernel", k.name(), Long.toString(k.timeNanos())))));
        step.pauses().forEach(p -> out.println("pause," + p.kind() + "," + p.timeNanos()));
    }

    private static void json(StepExplanation step, PrintWriter out) {
        Iteration i = step.iteration();
        ObjectNode root = JsonDocument.create();
        JsonDocument.put(root, "iteration", i.number());
        root.put("engine", i.engine());
        root.put("context_requests", i.contextRequests());
        root.put("context_tokens", i.contextTokens());
        root.put("generation_requests", i.generationRequests());
        root.put("generation_tokens", i.generationTokens());
        JsonDocument.put(root, "kv_blocks_used", i.kv().map(kv -> kv.blocksUsed()).orElse(OptionalLong.empty()));
        JsonDocument.put(root, "kv_blocks_total", i.kv().map(kv -> kv.blocksTotal()).orElse(OptionalLong.empty()));
        JsonDocument.put(root, "preemptions", i.preemptions());
        JsonDocument.put(root, "measured_nanos", step.measuredNanos());
        JsonDocument.put(root, "predicted_nanos", step.predictedNanos());
        JsonDocument.put(root, "excess_percent", step.excessPercent());
        ArrayNode terms = root.putArray("terms");
        step.terms().forEach((term, nanos) -> JsonDocument.put(terms.addObject().put("name", term.label()), "nanos", nanos));
        ArrayNode kernels = root.putArray("kernels");
        step.kernels().forEach(k -> kernels.addObject().put("name", k.name()).put("kind", k.kind().label()).put("nanos", k.timeNanos()));
        ArrayNode pauses = root.putArray("pauses");
        step.pauses().forEach(p -> pauses.addObject().put("kind", p.kind()).put("nanos", p.timeNanos()));
        ArrayNode marks = root.putArray("marks");
        i.marks().stream().sorted().forEach(mark -> marks.add(mark.name().toLowerCase(Locale.ROOT)));
        JsonDocument.print(root, out);
    }
}
