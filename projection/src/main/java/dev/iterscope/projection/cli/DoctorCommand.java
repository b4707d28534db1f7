package dev.iterscope.projection.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.iterscope.engine.BackendStatus;
import dev.iterscope.engine.BackendStatus.Fact;
import dev.iterscope.engine.Diagnosis;
import dev.iterscope.engine.model.ModelReference;
import dev.iterscope.profiler.nvtx.NvtxStatus;
import dev.iterscope.projection.report.JsonDocument;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `iterscope doctor`: what of this machine can be used, and what observing costs here. Succeeds whatever it finds.
@Command(name = "doctor", mixinStandardHelpOptions = true, description = "Says what of this machine can be used: JDK, vector width, GPUs, "
        + "NVTX tool, Flight Recorder, and what an event and a range cost here.")
final class DoctorCommand implements Callable<Integer> {
    private final Console console;

    @Option(names = "--gpu-selftest", description = "Instead: runs every kernel on the GPU against its formula, and the engine on it "
            + "against the engine on the CPU.")
    private boolean gpuSelfTest;

    @Option(names = "--gpu-benchmark", arity = "0..1", paramLabel = "MODEL", fallbackValue = "qwen3-8b",
            description = "Instead: times copies, matrix products and attention on the GPU at a model's sizes (qwen3-8b).")
    private @Nullable String benchmarkedModel;

    @Mixin
    private OutputOptions output = new OutputOptions();

    DoctorCommand(Console console) {
        this.console = console;
    }

    /// A line of the answer.
    record Line(String section, String name, String value) {}

    @Override
    public Integer call() {
        output.requireOneOf("doctor", EnumSet.of(OutputOptions.Format.TEXT, OutputOptions.Format.JSON, OutputOptions.Format.CSV));
        if (gpuSelfTest) {
            return new GpuChecks(console, output).selfTest();
        }
        if (benchmarkedModel != null) {
            return new GpuChecks(console, output).benchmark(ModelReference.resolve(benchmarkedModel).config());
        }
        return diagnose();
    }

    private int diagnose() {
        Diagnosis diagnosis = Diagnosis.make();
        output.write(console, writer -> {
            switch (output.format()) {
                case JSON -> json(diagnosis, writer);
                case CSV -> csv(lines(diagnosis), writer);
                default -> text(lines(diagnosis), writer);
            }
        });
        return ExitCode.DONE;
    }

    private static List<Line> lines(Diagnosis d) {
        List<Line> lines = new ArrayList<>();
        lines.add(new Line("java", "JDK", d.jdk()));
        lines.add(new Line("java", "Vector API", d.vectorApi() ? "yes" : "no: start with --add-modules jdk.incubator.vector"));
        lines.add(new Line("java", "processors", String.valueOf(d.processors())));
        for (BackendStatus backend : d.backends()) {
            lines.add(new Line(backend.name() + " backend", "usable",
                    backend.unavailableReason().map(reason -> "no: " + reason).orElse("yes")));
            for (Fact finding : backend.findings()) {
                lines.add(new Line(backend.name() + " backend", finding.name(), finding.value()));
            }
        }
        lines.add(new Line("observation", "NVTX tool", nvtx(d.nvtx())));
        lines.add(new Line("observation", "Flight Recorder", recordings(d)));
        lines.add(new Line("observation", "events per iteration, idle",
                d.cost().idleEventNanos().isPresent() ? nanos(d.cost().idleEventNanos().getAsDouble()) : "unknown while a recording runs"));
        lines.add(new Line("observation", "events per iteration, recording",
                d.cost().eventNanos().isPresent() ? nanos(d.cost().eventNanos().getAsDouble()) : "unknown"));
        lines.add(new Line("observation", "NVTX ranges per iteration", nanos(d.cost().rangeNanos())));
        return lines;
    }

    private static String nvtx(NvtxStatus status) {
        return switch (status) {
            case NvtxStatus.NoTool _ -> "none attached (NVTX_INJECTION64_PATH is not set; nsys profile --trace=nvtx sets it)";
            case NvtxStatus.Attached tool -> tool.library() + (tool.listening() ? ", listening" : ", attached but not listening")
                    + payloads(tool) + (tool.counters() ? ", counters" : "");
            case NvtxStatus.Failed failed -> failed.library() + " cannot be used: " + failed.problem();
        };
    }

    private static String payloads(NvtxStatus.Attached tool) {
        return tool.payloadVersion().isPresent()
                ? String.format(Locale.ROOT, ", payload extension 0x%04x", tool.payloadVersion().getAsInt())
                : ", no structured payloads";
    }

    private static String recordings(Diagnosis d) {
        if (!d.flightRecorder()) {
            return "not in this JVM";
        }
        return d.recordings() == 0 ? "available, not recording" : "recording (" + d.recordings() + " running)";
    }

    private static String nanos(double value) {
        return String.format(Locale.ROOT, "%.1f ns", value);
    }

    static void text(List<Line> lines, PrintWriter out) {
        int width = lines.stream().mapToInt(line -> line.name.length()).max().orElse(0);
        String section = "";
        for (Line line : lines) {
            if (!line.section.equals(section)) {
                section = line.section;
                out.println(section);
            }
            out.println("  " + line.name + " ".repeat(width - line.name.length() + 2) + line.value);
        }
    }

    static void csv(List<Line> lines, PrintWriter out) {
        out.println("section,name,value");
        for (Line line : lines) {
            out.println(quoted(line.section) + "," + quoted(line.name) + "," + quoted(line.value));
        }
    }

    private static String quoted(String field) {
        return field.matches("[^,\"\\r\\n]*") ? field : "\"" + field.replace("\"", "\"\"") + "\"";
    }

    private static void json(Diagnosis d, PrintWriter out) {
        ObjectNode root = JsonDocument.create();
        root.put("jdk", d.jdk()).put("vector_api", d.vectorApi()).put("processors", d.processors());
        ObjectNode backends = root.putObject("backends");
        for (BackendStatus backend : d.backends()) {
            ObjectNode node = backends.putObject(backend.name());
            JsonDocument.put(node.put("usable", backend.unavailableReason().isEmpty()), "reason", backend.unavailableReason());
            ArrayNode findings = node.putArray("findings");
            backend.findings().forEach(finding -> findings.addObject().put("name", finding.name()).put("value", finding.value()));
        }
        root.put("nvtx", nvtx(d.nvtx())).put("nvtx_attached", d.nvtx() instanceof NvtxStatus.Attached);
        root.put("flight_recorder", d.flightRecorder()).put("recordings", d.recordings());
        ObjectNode cost = root.putObject("cost_nanos");
        JsonDocument.put(cost, "events_idle", d.cost().idleEventNanos());
        JsonDocument.put(cost, "events_recording", d.cost().eventNanos());
        JsonDocument.put(cost, "nvtx_ranges", d.cost().rangeNanos());
        JsonDocument.print(root, out);
    }
}
