package dev.iterscope.projection.export;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.iterscope.projection.recording.Interval;
import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.KernelRecord;
import dev.iterscope.projection.recording.Pause;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.report.JsonDocument;
import java.io.IOException;
import java.io.Writer;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/// A recording in Chrome's trace event format, which Perfetto opens: a track of steps for each engine, tracks of kernels for each stream,
/// and counter tracks for tokens, KV-cache usage and queues.
///
/// Times are microseconds since the first event. Steps without a known time are laid one after the other.
public final class ChromeTraceExport {

    private static final int PAUSES = 1_000_000;

    private final JsonGenerator json;
    private final long origin;

    private ChromeTraceExport(JsonGenerator json, long origin) {
        this.json = json;
        this.origin = origin;
    }

    /// Writes the trace; the writer stays open.
    public static void write(Recording recording, Writer to) throws IOException {
        long origin = recording.iterations().stream()
                .mapToLong(step -> step.startNanos().orElse(step.endNanos().orElse(Long.MAX_VALUE)))
                .filter(time -> time != Long.MAX_VALUE)
                .min()
                .orElse(0);
        try (JsonGenerator json = new JsonFactory().createGenerator(to)) {
            json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
            new ChromeTraceExport(json, origin).write(recording);
        }
    }

    private void write(Recording recording) throws IOException {
        json.writeStartObject();
        // Viewers take keys that they do not know as metadata.
        json.writeNumberField(JsonDocument.VERSION_KEY, JsonDocument.SCHEMA_VERSION);
        json.writeStringField("displayTimeUnit", "ms");
        json.writeArrayFieldStart("traceEvents");
        long laidOut = 0;
        int named = -1;
        for (Iteration step : recording.iterations()) {
            if (step.engine() > named) {
                named = step.engine();
                name("process_name", named, 0, "Engine " + named);
                name("thread_name", named, 0, "Iterations");
                laidOut = 0;
            }
            long duration = step.ownNanos().orElse(0);
            long start = step.startNanos().orElse(step.endNanos().isPresent() ? step.endNanos().getAsLong() - duration : origin + laidOut);
            laidOut += duration;
            step(step, start, duration);
            counters(step, start);
        }
        for (KernelRecord kernel : recording.kernels()) {
            kernel(kernel);
        }
        for (Interval interval : recording.intervals()) {
            interval(interval);
        }
        for (Pause pause : recording.pauses()) {
            begin("X", pause.kind(), pause.startNanos(), 0, PAUSES);
            json.writeNumberField("dur", pause.timeNanos() / 1e3);
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private void step(Iteration step, long start, long duration) throws IOException {
        String kind = step.contextTokens() == 0 ? "generation" : step.generationTokens() == 0 ? "context" : "mixed";
        begin("X", step.isDummy() ? "dummy" : kind, start, step.engine(), 0);
        json.writeNumberField("dur", duration / 1e3);
        json.writeObjectFieldStart("args");
        if (step.number().isPresent()) {
            json.writeNumberField("iteration", step.number().getAsLong());
        }
        json.writeNumberField("context_requests", step.contextRequests());
        json.writeNumberField("context_tokens", step.contextTokens());
        json.writeNumberField("generation_requests", step.generationRequests());
        json.writeNumberField("generation_tokens", step.generationTokens());
        json.writeEndObject();
        json.writeEndObject();
    }

    private void counters(Iteration step, long at) throws IOException {
        begin("C", "Scheduled tokens", at, step.engine(), 0);
        json.writeObjectFieldStart("args");
        json.writeNumberField("context", step.contextTokens());
        json.writeNumberField("generation", step.generationTokens());
        json.writeEndObject();
        json.writeEndObject();
        counter("KV cache usage %", at, step.engine(), percent(step.kv().map(kv -> kv.share()).orElse(OptionalDouble.empty())));
        counter("Running requests", at, step.engine(), real(step.runningRequests()));
        counter("Waiting requests", at, step.engine(), real(step.waitingRequests()));
    }

    private void interval(Interval interval) throws IOException {
        if (interval.endNanos().isEmpty()) {
            return;
        }
        long at = interval.endNanos().getAsLong();
        counter("Prompt tokens/s (average)", at, interval.engine(), interval.promptThroughput());
        counter("Output tokens/s (average)", at, interval.engine(), interval.generationThroughput());
        counter("KV cache usage % (log)", at, interval.engine(), percent(interval.kvUsage()));
        counter("Running requests (log)", at, interval.engine(), real(interval.running()));
        counter("Waiting requests (log)", at, interval.engine(), real(interval.waiting()));
    }

    private void kernel(KernelRecord kernel) throws IOException {
        if (kernel.startNanos().isEmpty()) {
            return;
        }
        long track = 1 + kernel.device().orElse(0) * 10_000L + kernel.stream().orElse(0);
        begin("X", kernel.name(), kernel.startNanos().getAsLong(), kernel.engine(), track);
        json.writeNumberField("dur", kernel.timeNanos() / 1e3);
        json.writeStringField("cat", kernel.kind().label());
        json.writeEndObject();
    }

    private void counter(String name, long at, int engine, OptionalDouble value) throws IOException {
        if (value.isPresent()) {
            begin("C", name, at, engine, 0);
            json.writeObjectFieldStart("args");
            json.writeNumberField("value", value.getAsDouble());
            json.writeEndObject();
            json.writeEndObject();
        }
    }

    private void begin(String phase, String name, long nanos, int process, long track) throws IOException {
        json.writeStartObject();
        json.writeStringField("ph", phase);
        json.writeStringField("name", name);
        json.writeNumberField("pid", process);
        json.writeNumberField("tid", track);
        json.writeNumberField("ts", (nanos - origin) / 1e3);
    }

    private void name(String what, int process, int track, String name) throws IOException {
        json.writeStartObject();
        json.writeStringField("ph", "M");
        json.writeStringField("name", what);
        json.writeNumberField("pid", process);
        json.writeNumberField("tid", track);
        json.writeObjectFieldStart("args");
        json.writeStringField("name", name);
        json.writeEndObject();
        json.writeEndObject();
    }

    private static OptionalDouble percent(OptionalDouble share) {
        return share.isPresent() ? OptionalDouble.of(100 * share.getAsDouble()) : share;
    }

    private static OptionalDouble real(OptionalLong value) {
        return value.isPresent() ? OptionalDouble.of((double) value.getAsLong()) : OptionalDouble.empty();
    }
}
