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

/// `iterscope.RequestArrival` and `iterscope.Request` as one record, joined by the request's id once all events are read: each thread
/// writes through buffers of its own, so an end may stand in the file before its arrival.
final class RequestMapper extends EventMapper {

    private final RecordingBuilder into;
    private final Provenance provenance;
    private final Map<String, List<RequestRecord>> arrived = new LinkedHashMap<>();
    private final List<End> ended = new ArrayList<>();
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

    /// A request's end.
    ///
    /// @param request       what the event says; the arrival is only derived
    /// @param committedNanos when the event was written
    private record End(RequestRecord request, long committedNanos) {}

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
        long committed = start.integer(row, 0);
        OptionalLong whole = endToEnd.optionalLong(row);
        OptionalLong derived = whole.isPresent() && !provenance.imported()
                ? OptionalLong.of(committed - whole.getAsLong())
                : OptionalLong.empty();
        RequestRecord request = new RequestRecord(
                id.text(row),
                derived,
                promptTokens.optionalInt(row),
                OptionalInt.empty(),
                outputTokens.optionalInt(row),
                cachedTokens.optionalInt(row),
                OptionalInt.empty(),
                preemptions.optionalInt(row),
                queueTime.optionalLong(row),
                timeToFirstToken.optionalLong(row),
                meanTimePerOutputToken.optionalLong(row),
                whole,
                numbers(interTokenTimes.text(row), ",", 10),
                List.of(),
                finishReason.text(row).isEmpty() ? Optional.empty() : Optional.of(finishReason.text(row)));
        ended.add(new End(request, committed));
    }

    @Override
    void finish() {
        List<RequestRecord> joined = new ArrayList<>();
        for (End end : ended) {
            joined.add(arrivalOf(end).map(arrival -> join(arrival, end.request())).orElse(end.request()));
        }
        arrived.values().forEach(joined::addAll);
        if (joined.stream().allMatch(request -> request.arrivalNanos().isPresent())) {
            joined.sort((a, b) -> Long.compare(a.arrivalNanos().orElseThrow(), b.arrivalNanos().orElseThrow()));
        }
        joined.forEach(into::add);
    }

    /// Takes the arrival that an end belongs to: the last one before it, since the same id again is another run in one recording; the
    /// first where times are not known.
    private Optional<RequestRecord> arrivalOf(End end) {
        List<RequestRecord> candidates = arrived.getOrDefault(end.request().id(), List.of());
        int best = -1;
        for (int i = 0; i < candidates.size(); i++) {
            OptionalLong arrival = candidates.get(i).arrivalNanos();
            boolean before = arrival.isEmpty() || provenance.imported() || arrival.getAsLong() <= end.committedNanos();
            if (before && (best < 0 || isLater(arrival, candidates.get(best).arrivalNanos()))) {
                best = i;
            }
        }
        return best < 0 ? Optional.empty() : Optional.of(candidates.remove(best));
    }

    private boolean isLater(OptionalLong a, OptionalLong b) {
        return !provenance.imported() && a.isPresent() && b.isPresent() && a.getAsLong() > b.getAsLong();
    }

    private static RequestRecord join(RequestRecord arrival, RequestRecord end) {
        return new RequestRecord(
                end.id(),
                arrivedAt(arrival.arrivalNanos(), end.arrivalNanos()),
                end.promptTokens(),
                arrival.maxTokens(),
                end.outputTokens(),
                end.cachedTokens(),
                arrival.priority(),
                end.preemptions(),
                end.queueNanos(),
                end.timeToFirstTokenNanos(),
                end.meanTimePerOutputTokenNanos(),
                end.endToEndNanos(),
                end.interTokenNanos(),
                arrival.prefixHashes(),
                end.finishReason());
    }

    /// An engine may take a request in up to a step after it came; its latencies are counted from when it came.
    private static OptionalLong arrivedAt(OptionalLong takenIn, OptionalLong derived) {
        return takenIn.isPresent() && derived.isPresent()
                ? OptionalLong.of(Math.min(takenIn.getAsLong(), derived.getAsLong()))
                : takenIn;
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
            arrived.computeIfAbsent(request.id(), _ -> new ArrayList<>()).add(request);
        }
    }
}
