package dev.iterscope.projection.importer.bench;

import com.fasterxml.jackson.databind.JsonNode;
import dev.iterscope.projection.importer.source.Fact;
import dev.iterscope.projection.importer.source.Importer;
import dev.iterscope.projection.importer.source.JsonObjects;
import dev.iterscope.projection.importer.source.RecordingBuilder;
import dev.iterscope.projection.importer.source.RecordingBuilder.ClockOrigin;
import dev.iterscope.projection.importer.source.Source;
import dev.iterscope.projection.recording.RequestRecord;
import java.io.IOException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/// A result file of `vllm bench serve --save-detailed`: lengths, times to first token and gaps between tokens of each request.
public final class BenchResultImporter implements Importer {

    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("uuuuMMdd-HHmmss", Locale.ROOT);

    @Override
    public String kind() {
        return "bench-result";
    }

    @Override
    public boolean recognises(Source source) {
        String head = source.headText();
        return source.looksLikeText() && head.stripLeading().startsWith("{")
                && (head.contains("\"request_throughput\"") || head.contains("\"input_lens\""));
    }

    @Override
    public void read(Source source, RecordingBuilder into) throws IOException {
        JsonObjects.forEachEvenPartly(source, into.warnings(), object -> take(object, into));
    }

    private static void take(JsonNode object, RecordingBuilder into) {
        if (object.path("model_id").isTextual()) {
            into.settings().say(Fact.MODEL, object.path("model_id").asText());
        }
        JsonNode inputs = object.path("input_lens");
        if (!inputs.isArray()) {
            into.warnings().add("bench-without-details", "the result holds no single requests; run vllm bench serve with --save-detailed");
            return;
        }
        long first = Long.MAX_VALUE;
        for (JsonNode start : object.path("start_times")) {
            first = Math.min(first, JsonObjects.nanosOfSeconds(start).orElse(Long.MAX_VALUE));
        }
        for (int i = 0; i < inputs.size(); i++) {
            request(object, i, first, into);
        }
        if (first != Long.MAX_VALUE) {
            into.clock(ClockOrigin.OWN);
            begin(object).ifPresent(into::startedAbout);
        }
    }

    /// About when the client began: its date is written after the last request, in local time.
    private static OptionalLong begin(JsonNode object) {
        OptionalLong duration = duration(object.path("duration"));
        try {
            LocalDateTime end = LocalDateTime.parse(object.path("date").asText(), DATE);
            return duration.isPresent()
                    ? OptionalLong.of(end.toEpochSecond(ZoneOffset.UTC) * 1_000_000_000L - duration.getAsLong())
                    : duration;
        } catch (DateTimeParseException _) {
            return OptionalLong.empty();
        }
    }

    private static void request(JsonNode object, int i, long first, RecordingBuilder into) {
        if (!object.path("errors").path(i).asText().isEmpty()) {
            into.warnings().add("requests-failed", "requests that failed were left out");
            return;
        }
        List<Long> gaps = gaps(object.path("itls").path(i));
        boolean gapsKnown = gaps.size() == object.path("itls").path(i).size() && object.path("itls").path(i).isArray();
        OptionalLong firstToken = duration(object.path("ttfts").path(i));
        long decode = gaps.stream().mapToLong(Long::longValue).sum();
        OptionalInt output = length(object.path("output_lens").path(i));
        boolean several = gapsKnown && !gaps.isEmpty() && output.orElse(0) > 1;
        OptionalLong start = JsonObjects.nanosOfSeconds(object.path("start_times").path(i));
        into.add(new RequestRecord(
                String.valueOf(i),
                start.isPresent() ? OptionalLong.of(start.getAsLong() - first) : OptionalLong.empty(),
                length(object.path("input_lens").path(i)),
                OptionalInt.empty(),
                output,
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalLong.empty(),
                firstToken,
                several ? OptionalLong.of(decode / (output.getAsInt() - 1)) : OptionalLong.empty(),
                firstToken.isPresent() && gapsKnown ? OptionalLong.of(firstToken.getAsLong() + decode) : OptionalLong.empty(),
                gapsKnown ? List.copyOf(gaps) : List.of(),
                List.of(),
                Optional.empty()));
    }

    private static List<Long> gaps(JsonNode seconds) {
        List<Long> gaps = new ArrayList<>();
        seconds.forEach(gap -> duration(gap).ifPresent(gaps::add));
        return gaps;
    }

    private static OptionalLong duration(JsonNode seconds) {
        OptionalLong nanos = JsonObjects.nanosOfSeconds(seconds);
        return nanos.orElse(-1) < 0 ? OptionalLong.empty() : nanos;
    }

    private static OptionalInt length(JsonNode value) {
        return value.isInt() && value.asInt() >= 0 ? OptionalInt.of(value.asInt()) : OptionalInt.empty();
    }
}
