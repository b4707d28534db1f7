package dev.iterscope.projection.importer.torch;

import dev.iterscope.projection.importer.kernels.KernelKinds;
import dev.iterscope.projection.importer.source.Fact;
import dev.iterscope.projection.importer.source.Importer;
import dev.iterscope.projection.importer.source.RecordingBuilder;
import dev.iterscope.projection.importer.source.RecordingBuilder.ClockOrigin;
import dev.iterscope.projection.importer.source.Source;
import dev.iterscope.projection.importer.trace.TraceAssembly;
import java.io.IOException;

/// Traces of the PyTorch profiler (Kineto's JSON), of vLLM and SGLang, whose steps are annotated.
///
/// Read are the annotations that name steps, the CUDA or HIP calls that launched work, and the work itself: kernels, copies and sets, also
/// those of graphs, which carry the correlation number of the graph's launch. A trace holds one process. Python frames, tensor shapes and
/// paths are passed over. Format: <https://github.com/pytorch/kineto>.
public final class TorchTraceImporter implements Importer {

    /// Times above are since the epoch, whether the trace says its base or, as before 2024, counts in epoch time.
    private static final long EARLIEST_EPOCH_NANOS = 10L * 365 * 86_400 * 1_000_000_000;
    private static final String RECORD_AGAIN =
            "record with vLLM's --profiler-config '{\"profiler\": \"torch\", ...}' or SGLang's /start_profile with activities CPU and GPU";

    private final KernelKinds kinds;

    /// An importer of one trace.
    ///
    /// @param kinds what kernels do
    public TorchTraceImporter(KernelKinds kinds) {
        this.kinds = kinds;
    }

    @Override
    public String kind() {
        return "torch-trace";
    }

    @Override
    public boolean recognises(Source source) {
        if (!source.looksLikeText()) {
            return false;
        }
        String head = source.headText().stripLeading();
        boolean object = head.startsWith("{") && (head.contains("\"traceEvents\"")
                || (head.contains("\"schemaVersion\"") && head.contains("\"deviceProperties\"")));
        boolean array = head.startsWith("[") && head.contains("\"ph\"") && head.contains("\"ts\"");
        return object || array;
    }

    @Override
    public void read(Source source, RecordingBuilder into) throws IOException {
        TraceContent content = new TraceContent(into);
        try (TraceReader reader = new TraceReader(source.open(), content, into.warnings())) {
            reader.read();
        }
        long base = content.baseNanos();
        TraceAssembly assembly = new TraceAssembly(kinds, into, base);
        content.replay(assembly);
        assembly.finish();
        content.engineName().ifPresent(name -> into.settings().say(Fact.ENGINE_NAME, name));
        into.clock(into.firstNanos().orElse(0) < EARLIEST_EPOCH_NANOS ? ClockOrigin.OWN : ClockOrigin.EPOCH);
        explain(assembly, into);
    }

    /// Says what the trace lacks, and how to get it.
    private static void explain(TraceAssembly assembly, RecordingBuilder into) {
        into.warnings().add(
                "cuda-graphs-hidden",
                "steps ran as graphs whose kernels the trace does not show; " + RECORD_AGAIN,
                assembly.stepsWithHiddenKernels());
        if (assembly.steps() == 0 && assembly.works() > 0) {
            into.warnings().add(
                    "no-step-ranges", "no annotation names an engine's step, so kernels belong to no step; " + RECORD_AGAIN);
        }
        if (assembly.steps() > 0 && assembly.works() == 0) {
            into.warnings().add("no-device-work", "the trace holds no kernels; " + RECORD_AGAIN);
        }
    }
}
