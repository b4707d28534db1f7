package dev.iterscope.projection.importer.jfr;

import dev.iterscope.projection.importer.source.RecordingBuilder;
import dev.iterscope.projection.recording.RequestRecord;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/// `iterscope.RequestArrival` and `iterscope.Request` as one record, joined by the request's id.
final class RequestMapper extends EventMapper {

    private final RecordingBuilder into;
    private final Provenance provenance;
    private final Map<String, RequestRecord> arrived = new LinkedHashMap<>();
    private final List<RequestRecord> ended = new ArrayList<>();
    private final Arrival arrival = new Arrival();
    private final Column start = column("startTime");
    private final Column id = column("id");
    private final Column promptTokens = column("promptTokens");
    private final Column cachedTokens = column("cachedTokens");
    private final Column outputTokens = column("outputTokens");
    private final Column preemptions = column("preemptions");
    private final Column queueTime = column("queueTime");
    private final Column timeToFirstToken = column("timeToFirstToken");
    private final Column meanTimePerOutputToken = column("meanTimePerOutputToken");
    private final Column endToEnd = column("endToEnd");
    private final Column finishReason = column("finishReason");
    private final Column interTokenTimes = column("interTokenTimes");

    RequestMapper(RecordingBuilder into, Provenance provenance) {
        this.into = into;
        this.provenance = provenance;
    }

    /// The mapper of the arrival events.
    EventMapper arrival() {
        return arrival;
    }

    @Override
    void map(EventRow row) {
        Optional<RequestRecord> before = Optional.ofNullable(arrived.remove(id.text(row)));
        OptionalLong whole = endToEnd.optionalLong(row);
        OptionalLong derived = whole.isPresent() && !provenance.imported()
                ? OptionalLong.of(start.integer(row, 0) - whole.getAsLong())
                : OptionalLong.empty();
        ended.add(new RequestRecord(
                id.text(row),
                before.map(RequestRecord::arrivalNanos).orElse(derived),
                promptTokens.optionalInt(row),
                before.map(RequestRecord::maxTokens).orElse(OptionalInt.empty()),
                outputTokens.optionalInt(row),
                cachedTokens.optionalInt(row),
                before.map(RequestRecord::priority).orElse(OptionalInt.empty()),
                preemptions.optionalInt(row),
                queueTime.optionalLong(row),
                timeToFirstToken.optionalLong(row),
                meanTimePerOutputToken.optionalLong(row),
                whole,
                numbers(interTokenTimes.text(row), ",", 10),
                before.map(RequestRecord::prefixHashes).orElse(List.of()),
                finishReason.text(row).isEmpty() ? Optional.empty() : Optional.of(finishReason.text(row))));
    }

    @Override
    void finish() {
        ended.addAll(arrived.values());
        if (ended.stream().allMatch(request -> request.arrivalNanos().isPresent())) {
            ended.sort((a, b) -> Long.compare(a.arrivalNanos().orElseThrow(), b.arrivalNanos().orElseThrow()));
        }
        ended.forEach(into::add);
    }

    /// Numbers in a text; the empty list where one of them is none.
    private static List<Long> numbers(String text, String separator, int radix) {
        if (text.isEmpty()) {
            return List.of();
        }
        List<Long> numbers = new ArrayList<>();
        try {
            for (String number : text.split(separator)) {
                numbers.add(radix == 16 ? Long.parseUnsignedLong(number, radix) : Long.parseLong(number));
            }
        } catch (NumberFormatException e) {
            return List.of();
        }
        return List.copyOf(numbers);
    }

    /// The arrival events.
    private final class Arrival extends EventMapper {
        private final Column start = column("startTime");
        private final Column id = column("id");
        private final Column promptTokens = column("promptTokens");
        private final Column maxTokens = column("maxTokens");
        private final Column priority = column("priority");
        private final Column prefixHashes = column("prefixHashes");
        private final Column timeKnown = column("timeKnown");

        @Override
        void map(EventRow row) {
            RequestRecord request = new RequestRecord(
                    id.text(row),
                    !timeKnown.isIn() || timeKnown.flag(row) ? start.optionalLong(row) : OptionalLong.empty(),
                    promptTokens.optionalInt(row),
                    maxTokens.optionalInt(row),
                    OptionalInt.empty(),
                    OptionalInt.empty(),
                    priority.optionalInt(row),
                    OptionalInt.empty(),
                    OptionalLong.empty(),
                    OptionalLong.empty(),
                    OptionalLong.empty(),
                    OptionalLong.empty(),
                    List.of(),
                    numbers(prefixHashes.text(row), " ", 16),
                    Optional.empty());
            // The same id again is another request: two runs in one recording.
            Optional.ofNullable(arrived.put(request.id(), request)).ifPresent(ended::add);
        }
    }
}
