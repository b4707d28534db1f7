package dev.iterscope.projection.report;

import dev.iterscope.projection.metrics.Latency;
import dev.iterscope.projection.metrics.Percentiles;
import dev.iterscope.projection.recording.DeviceFacts;
import dev.iterscope.projection.recording.ModelFacts;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.RequestRecord;
import dev.iterscope.projection.recording.Settings;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/// What a recording says, in a line each.
final class RecordingFacts {

    /// Clocks of recordings that do not count from the epoch are far before this.
    private static final long EARLIEST_DATE_NANOS = 1_000_000_000_000_000_000L;
    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    private static final DateTimeFormatter MINUTE = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm", Locale.ROOT).withZone(ZoneOffset.UTC);

    private RecordingFacts() {}

    /// What ran where and when, by what it is, as far as the recording tells.
    static Map<String, String> run(Recording recording) {
        Settings settings = recording.settings();
        Map<String, String> facts = new LinkedHashMap<>();
        settings.model().or(() -> settings.modelFacts().map(ModelFacts::name)).ifPresent(model -> facts.put("Model", model));
        Map<String, Long> devices = recording.devices().stream()
                .collect(Collectors.groupingBy(RecordingFacts::device, LinkedHashMap::new, Collectors.counting()));
        if (!devices.isEmpty()) {
            facts.put("Device", devices.entrySet().stream()
                    .map(entry -> (entry.getValue() > 1 ? entry.getValue() + " x " : "") + entry.getKey())
                    .collect(Collectors.joining(", ")));
        }
        List<String> ranks = new ArrayList<>();
        settings.tensorParallel().stream().filter(size -> size > 1).forEach(size -> ranks.add("tensor " + size));
        settings.pipelineParallel().stream().filter(size -> size > 1).forEach(size -> ranks.add("pipeline " + size));
        settings.dataParallel().stream().filter(size -> size > 1).forEach(size -> ranks.add("data " + size));
        if (!ranks.isEmpty()) {
            facts.put("Parallel ranks", String.join(", ", ranks));
        }
        settings.engineName()
                .ifPresent(name -> facts.put("Engine", settings.engineVersion().map(version -> name + " " + version).orElse(name)));
        date(recording).ifPresent(date -> facts.put("Recorded", date));
        return facts;
    }

    private static String device(DeviceFacts device) {
        return device.name().isEmpty() ? device.kind() : device.name();
    }

    /// The minute of the first event; empty where the source tells no date. Logs give local time without its zone.
    private static Optional<String> date(Recording recording) {
        return LongStream.concat(
                recording.iterations().stream()
                        .flatMapToLong(step -> LongStream.concat(step.startNanos().stream(), step.endNanos().stream())),
                recording.requests().stream().flatMapToLong(request -> request.arrivalNanos().stream()))
                .min()
                .stream()
                .filter(nanos -> nanos > EARLIEST_DATE_NANOS)
                .mapToObj(nanos -> MINUTE.format(Instant.ofEpochSecond(nanos / NANOS_PER_SECOND))
                        + (recording.source().contains("-log") ? " (as logged)" : " UTC"))
                .findFirst();
    }

    /// The size of the KV cache, as far as it is known.
    static String kvCache(Settings settings) {
        OptionalInt blockSize = settings.blockSize();
        if (settings.kvCapacityTokens().isPresent()) {
            return String.format(Locale.ROOT, "KV cache %,d tokens", settings.kvCapacityTokens().getAsLong())
                    + (blockSize.isPresent() ? " in blocks of " + blockSize.getAsInt() : ", block size unknown");
        }
        if (settings.kvBlocks().isPresent()) {
            return String.format(Locale.ROOT, "KV cache %,d blocks of unknown size", settings.kvBlocks().getAsLong());
        }
        return "KV cache of unknown size" + (blockSize.isPresent() ? ", in blocks of " + blockSize.getAsInt() : "");
    }

    /// How many requests were recorded, and how they fared as the client or the engine saw it.
    static String requests(List<RequestRecord> requests) {
        if (requests.isEmpty()) {
            return "not recorded";
        }
        return requests.size() + latency(requests, "TTFT", RequestRecord::timeToFirstTokenNanos)
                + latency(requests, "TPOT", RequestRecord::meanTimePerOutputTokenNanos)
                + latency(requests, "E2E latency", RequestRecord::endToEndNanos);
    }

    private static String latency(List<RequestRecord> requests, String name, Function<RequestRecord, OptionalLong> value) {
        double[] nanos = requests.stream().map(value).filter(OptionalLong::isPresent).mapToDouble(OptionalLong::getAsLong).toArray();
        if (nanos.length == 0) {
            return "";
        }
        Latency latency = Percentiles.exact(nanos, nanos.length);
        return "; " + name + " mean " + Figures.readable(latency.mean()) + ", p99 " + Figures.readable(latency.p99()) + " ms";
    }
}
