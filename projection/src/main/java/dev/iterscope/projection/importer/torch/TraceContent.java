package dev.iterscope.projection.importer.torch;

import dev.iterscope.projection.importer.source.RecordingBuilder;
import dev.iterscope.projection.importer.trace.DeviceWork;
import dev.iterscope.projection.importer.trace.TraceAssembly;
import dev.iterscope.projection.recording.DeviceFacts;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/// What matters of a trace: its events stand in any order, but steps must be known before launches, and launches before the work.
final class TraceContent {

    private static final String LAYER_MODULE = "nn.Module: ";
    private static final String LAYER_SUFFIX = "Layer_";
    private static final int MOST_DEVICES = 1 << 10;
    private static final long LATEST_BASE = 1L << 62;

    private final RecordingBuilder into;
    private final List<Range> ranges = new ArrayList<>();
    private final Calls calls = new Calls();
    private final Deque<DeviceWork> kernels = new ArrayDeque<>();
    private final Deque<DeviceWork> copies = new ArrayDeque<>();
    private final Map<Long, DeviceFacts> devices = new HashMap<>();
    private long base;
    private String engine = "";

    /// A range of a host thread.
    private record Range(long thread, long start, long end, String text) {}

    TraceContent(RecordingBuilder into) {
        this.into = into;
    }

    /// Says what the epoch's time was at the trace's time 0.
    void base(long nanos) {
        base = nanos > 0 && nanos < LATEST_BASE ? nanos : 0;
    }

    long baseNanos() {
        return base;
    }

    /// The engine whose words the annotations are in.
    Optional<String> engineName() {
        return engine.isEmpty() ? Optional.empty() : Optional.of(engine);
    }

    /// A device that the process saw.
    void device(long id, String name, long memoryBytes) {
        if (!name.isBlank() && devices.size() < MOST_DEVICES) {
            devices.put(id, new DeviceFacts(
                    name,
                    "cuda",
                    memoryBytes > 0 ? OptionalLong.of(memoryBytes) : OptionalLong.empty(),
                    OptionalDouble.empty(),
                    OptionalDouble.empty(),
                    OptionalDouble.empty(),
                    OptionalDouble.empty()));
        }
    }

    /// Looks at an event.
    void add(TraceEvent event) {
        if (!event.phase.equals("X")) {
            return;
        }
        switch (event.category) {
            case "kernel" -> work(event, kernels);
            case "gpu_memcpy", "gpu_memset" -> work(event, copies);
            case "cuda_runtime", "cuda_driver" -> {
                if (event.correlation >= 0 && isSpan(event)) {
                    calls.add(event.thread, event.start, event.correlation, event.name.contains("GraphLaunch"));
                }
            }
            // The device's copies of host annotations, and what no annotation of a step is.
            case "gpu_user_annotation", "overhead", "Trace" -> {}
            case "python_function" -> module(event);
            default -> annotation(event);
        }
    }

    /// Hands everything over, in the order that the assembly needs.
    void replay(TraceAssembly assembly) {
        ranges.forEach(range -> assembly.range(0, range.thread, range.start, range.end, range.text, -1));
        assembly.ranged();
        calls.replay(assembly);
        // What is handed over is let go of, since the recording keeps it in another form.
        for (DeviceWork work = kernels.poll(); work != null; work = kernels.poll()) {
            assembly.kernel(work);
        }
        for (DeviceWork work = copies.poll(); work != null; work = copies.poll()) {
            assembly.copy(work);
        }
    }

    private void annotation(TraceEvent event) {
        boolean vllm = event.name.startsWith("execute_");
        boolean sglang = event.name.startsWith("step[");
        if ((vllm || sglang) && isSpan(event)) {
            ranges.add(new Range(event.thread, event.start, event.end(), event.name));
            engine = vllm ? "vllm" : sglang ? "sglang" : engine;
        }
    }

    /// `nn.Module: Qwen3DecoderLayer_12`, in traces with Python frames of models that run eagerly.
    private void module(TraceEvent event) {
        int suffix = event.name.startsWith(LAYER_MODULE) ? event.name.lastIndexOf(LAYER_SUFFIX) : -1;
        if (suffix > 0 && isSpan(event)) {
            ranges.add(new Range(
                    event.thread, event.start, event.end(), "layer " + event.name.substring(suffix + LAYER_SUFFIX.length())));
        }
    }

    private void work(TraceEvent event, Deque<DeviceWork> list) {
        if (!isSpan(event)) {
            return;
        }
        long device = event.device < 0 ? event.process : event.device;
        long stream = event.stream < 0 ? event.thread : event.stream;
        DeviceFacts facts = devices.get(device);
        if (facts != null) {
            into.add(facts);
        }
        list.add(new DeviceWork(
                0,
                event.correlation,
                event.name.isEmpty() ? "unnamed" : event.name,
                Math.clamp(device, 0, MOST_DEVICES),
                Math.clamp(stream, 0, Integer.MAX_VALUE),
                event.start,
                event.end(),
                event.bytes >= 0 && event.bytes < Double.POSITIVE_INFINITY ? OptionalDouble.of(event.bytes) : OptionalDouble.empty()));
    }

    private boolean isSpan(TraceEvent event) {
        if (!event.isSpan()) {
            into.warnings().add("event-damaged", "events whose times cannot be true were left out");
        }
        return event.isSpan();
    }

    /// Calls as columns: there may be millions.
    private static final class Calls {
        private long[] threads = new long[1 << 10];
        private long[] times = new long[1 << 10];
        private long[] correlations = new long[1 << 10];
        private boolean[] graphs = new boolean[1 << 10];
        private int size;

        private void add(long thread, long time, long correlation, boolean graph) {
            if (size == times.length) {
                threads = Arrays.copyOf(threads, size * 2);
                times = Arrays.copyOf(times, size * 2);
                correlations = Arrays.copyOf(correlations, size * 2);
                graphs = Arrays.copyOf(graphs, size * 2);
            }
            threads[size] = thread;
            times[size] = time;
            correlations[size] = correlation;
            graphs[size++] = graph;
        }

        private void replay(TraceAssembly assembly) {
            for (int i = 0; i < size; i++) {
                assembly.launch(0, threads[i], times[i], correlations[i], graphs[i]);
            }
        }
    }
}
