package dev.iterscope.projection.workload;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// What a file says about requests, before a scenario and limits are applied.
///
/// @param source      where it comes from, in words
/// @param entries     requests in the file's order; where they have times, these ascend
/// @param requestRate the rate with which the file's author sent them, requests/s, where the file says it; infinite for all at once
/// @param burstiness  shape of the gamma-distributed gaps, where the file says it
/// @param concurrency most requests open at once, where the file says it
/// @param assumption  what had to be assumed to read it; empty when nothing was
public record Trace(
        String source,
        List<TraceEntry> entries,
        OptionalDouble requestRate,
        OptionalDouble burstiness,
        Optional<Integer> concurrency,
        String assumption) {

    /// Keeps an unmodifiable copy of the list.
    public Trace {
        entries = List.copyOf(entries);
    }

    /// A trace that says nothing about how it was sent.
    static Trace of(String source, List<TraceEntry> entries, String assumption) {
        return new Trace(source, entries, OptionalDouble.empty(), OptionalDouble.empty(), Optional.empty(), assumption);
    }

    /// True when every request has an arrival time.
    public boolean hasArrivals() {
        return !entries.isEmpty() && entries.stream().allMatch(entry -> entry.arrivalSeconds().isPresent());
    }
}
