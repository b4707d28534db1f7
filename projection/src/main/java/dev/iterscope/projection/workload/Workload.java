package dev.iterscope.projection.workload;

import dev.iterscope.engine.request.Request;
import java.util.List;
import java.util.OptionalInt;

/// Requests to serve, in order of arrival.
///
/// @param source         where they come from, in words
/// @param requests       requests with ascending arrival times, nanoseconds from the run's start
/// @param maxConcurrency most requests that a client keeps open at once: the next arrives when one ends; empty for open loop
/// @param assumption     what had to be assumed to make it, in one sentence; empty when nothing was
public record Workload(String source, List<Request> requests, OptionalInt maxConcurrency, String assumption) {
    /// Keeps an unmodifiable copy of the list.
    public Workload {
        requests = List.copyOf(requests);
    }

    /// Whether any request has images or the like, which an encoder turns into prompt tokens.
    public boolean hasEncoderInputs() {
        return requests.stream().anyMatch(request -> !request.encoderInputs().isEmpty());
    }
}
