package dev.iterscope.projection.export.table;

import dev.iterscope.projection.recording.RequestRecord;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/// Requests as `iterscope.RequestArrival` and `iterscope.Request`.
final class RequestTables {

    private RequestTables() {}

    static EventTable<RequestRecord> arrivals(List<RequestRecord> requests) {
        List<RequestRecord> rows = requests.stream().filter(request -> hasArrival(request) || !hasEnd(request)).toList();
        Columns<RequestRecord> columns = new Columns<>();
        columns.text("id", RequestRecord::id);
        columns.optionalInt("promptTokens", RequestRecord::promptTokens);
        columns.optionalInt("maxTokens", RequestRecord::maxTokens);
        columns.optionalInt("priority", RequestRecord::priority);
        columns.text("prefixHashes", request -> request.prefixHashes().stream().map(Long::toHexString).collect(Collectors.joining(" ")));
        if (rows.stream().anyMatch(request -> request.arrivalNanos().isEmpty())) {
            columns.flag("timeKnown", request -> request.arrivalNanos().isPresent());
        }
        return columns.table("iterscope.RequestArrival", rows, RequestRecord::arrivalNanos, _ -> 0);
    }

    static EventTable<RequestRecord> requests(List<RequestRecord> requests) {
        List<RequestRecord> rows = requests.stream().filter(RequestTables::hasEnd).toList();
        Columns<RequestRecord> columns = new Columns<>();
        columns.text("id", RequestRecord::id);
        columns.optionalInt("promptTokens", RequestRecord::promptTokens);
        columns.optionalInt("cachedTokens", RequestRecord::cachedTokens);
        columns.optionalInt("outputTokens", RequestRecord::outputTokens);
        columns.optionalInt("preemptions", RequestRecord::preemptions);
        columns.optionalNanos("queueTime", RequestRecord::queueNanos);
        columns.optionalNanos("timeToFirstToken", RequestRecord::timeToFirstTokenNanos);
        columns.optionalNanos("meanTimePerOutputToken", RequestRecord::meanTimePerOutputTokenNanos);
        columns.optionalNanos("endToEnd", RequestRecord::endToEndNanos);
        columns.optionalText("finishReason", RequestRecord::finishReason);
        if (rows.stream().anyMatch(request -> !request.interTokenNanos().isEmpty())) {
            columns.text(
                    "interTokenTimes", request -> request.interTokenNanos().stream().map(String::valueOf).collect(Collectors.joining(",")));
        }
        return columns.table("iterscope.Request", rows, RequestTables::endNanos, _ -> 0);
    }

    private static OptionalLong endNanos(RequestRecord request) {
        OptionalLong arrival = request.arrivalNanos();
        return arrival.isPresent() ? OptionalLong.of(arrival.getAsLong() + request.endToEndNanos().orElse(0)) : arrival;
    }

    private static boolean hasArrival(RequestRecord request) {
        return request.arrivalNanos().isPresent()
                || request.maxTokens().isPresent()
                || request.priority().isPresent()
                || !request.prefixHashes().isEmpty();
    }

    private static boolean hasEnd(RequestRecord request) {
        return request.cachedTokens().isPresent()
                || request.outputTokens().isPresent()
                || request.preemptions().isPresent()
                || request.queueNanos().isPresent()
                || request.timeToFirstTokenNanos().isPresent()
                || request.meanTimePerOutputTokenNanos().isPresent()
                || request.endToEndNanos().isPresent()
                || request.finishReason().isPresent()
                || !request.interTokenNanos().isEmpty();
    }
}
