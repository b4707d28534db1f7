package dev.iterscope.projection.report;

import dev.iterscope.engine.request.Request;
import dev.iterscope.projection.workload.Workload;
import java.util.List;
import java.util.OptionalDouble;

/// A workload in numbers.
///
/// @param source           where it comes from
/// @param requests         number of requests
/// @param meanInputTokens  mean prompt length
/// @param meanOutputTokens mean output limit
/// @param requestRate      mean arrivals per second; empty when all arrive at once
/// @param assumption       what had to be assumed; empty when nothing was
public record WorkloadFacts(
        String source, int requests, double meanInputTokens, double meanOutputTokens, OptionalDouble requestRate, String assumption) {

    /// The numbers of a workload.
    public static WorkloadFacts of(Workload workload) {
        List<Request> requests = workload.requests();
        double input = requests.stream().mapToInt(Request::promptTokens).average().orElse(0);
        double output = requests.stream().mapToInt(request -> request.stopRules().maxTokens()).average().orElse(0);
        return new WorkloadFacts(workload.source(), requests.size(), input, output, rate(requests), workload.assumption());
    }

    private static OptionalDouble rate(List<Request> requests) {
        if (requests.size() < 2) {
            return OptionalDouble.empty();
        }
        double seconds = (requests.getLast().arrivalNanos() - requests.getFirst().arrivalNanos()) / 1e9;
        return seconds > 0 ? OptionalDouble.of((requests.size() - 1) / seconds) : OptionalDouble.empty();
    }
}
