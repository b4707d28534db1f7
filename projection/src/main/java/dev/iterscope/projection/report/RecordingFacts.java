package dev.iterscope.projection.report;

import dev.iterscope.projection.metrics.Latency;
import dev.iterscope.projection.metrics.Percentiles;
import dev.iterscope.projection.recording.RequestRecord;
import dev.iterscope.projection.recording.Settings;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;

import java.util.OptionalLong;
import java.util.function.Function;

/// What a recording says, in a line each.
final class RecordingFacts {

    private RecordingFacts() {}

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
