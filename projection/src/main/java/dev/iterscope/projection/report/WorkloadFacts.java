package dev.iterscope.projection.report;

import dev.iterscope.engine.request.Request;
import dev.iterscope.projection.serving.Load;
import dev.iterscope.projection.workload.Workload;
import dev.iterscope.projection.workload.WorkloadOptions;
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
/// @param load             the same as a load generator is told it
public record WorkloadFacts(
        String source, int requests, double meanInputTokens, double meanOutputTokens, OptionalDouble requestRate, String assumption,
        Load load) {

    /// The numbers of a workload.
    ///
    /// @param options what the user asked for
    public static WorkloadFacts of(Workload workload, WorkloadOptions options) {
        List<Request> requests = workload.requests();
        double input = requests.stream().mapToInt(Request::promptTokens).average().orElse(0);
        double output = requests.stream().mapToInt(request -> request.stopRules().maxTokens()).average().orElse(0);
        return new WorkloadFacts(workload.source(), requests.size(), input, output, rate(requests), workload.assumption(),
                Load.of(workload, options));
    }

    private static OptionalDouble rate(List<Request> requests) {
        if (requests.size() < 2) {
            return OptionalDouble.empty();
        }
        double seconds = (requests.getLast().arrivalNanos() - requests.getFirst().arrivalNanos()) / 1e9;
        return seconds > 0 ? OptionalDouble.of((requests.size() - 1) / seconds) : OptionalDouble.empty();
    }
}
