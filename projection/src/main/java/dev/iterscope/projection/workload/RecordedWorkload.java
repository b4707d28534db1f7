package dev.iterscope.projection.workload;

import dev.iterscope.engine.request.Prompt;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.RequestRecord;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/// The requests of a recording as a trace.
public final class RecordedWorkload {
    private RecordedWorkload() {}

    /// The requests that the recording saw, in order of arrival; empty when it saw none with a known length.
    ///
    /// A request that arrived but did not end while the recording ran counts with its output limit; one of which neither is known is
    /// left out, and the trace's assumption says how many of each there are.
    public static Optional<Trace> trace(Recording recording) {
        List<RequestRecord> usable = recording.requests().stream()
                .filter(request -> request.promptTokens().isPresent() && outputTokens(request).isPresent())
                .sorted(Comparator.comparingLong(request -> request.arrivalNanos().orElse(0)))
                .toList();
        if (usable.isEmpty()) {
            return Optional.empty();
        }
        long originNanos = usable.getFirst().arrivalNanos().orElse(0);
        int blockSize = recording.settings().blockSize().orElse(0);
        List<TraceEntry> entries = new ArrayList<>(usable.size());
        for (RequestRecord request : usable) {
            int input = Math.max(1, request.promptTokens().getAsInt());
            OptionalDouble arrival = request.arrivalNanos().isPresent()
                    ? OptionalDouble.of((request.arrivalNanos().getAsLong() - originNanos) * 1e-9)
                    : OptionalDouble.empty();
            entries.add(new TraceEntry(
                    request.id(),
                    arrival,
                    input,
                    outputTokens(request).getAsInt(),
                    hashedPrompt(request, input, blockSize),
                    request.priority().orElse(0)));
        }
        return Optional.of(Trace.of("requests of " + String.join(", ", recording.files()), entries, assumption(recording, usable)));
    }

    private static OptionalInt outputTokens(RequestRecord request) {
        OptionalInt tokens = request.outputTokens().isPresent() && request.outputTokens().getAsInt() > 0
                ? request.outputTokens()
                : request.maxTokens();
        return tokens.isPresent() && tokens.getAsInt() > 0 ? tokens : OptionalInt.empty();
    }

    /// Block hashes stand for whole blocks; what is behind the last full one belongs to this request alone.
    private static Optional<Prompt> hashedPrompt(RequestRecord request, int input, int blockSize) {
        List<Long> hashes = request.prefixHashes();
        if (hashes.isEmpty() || blockSize < 1) {
            return Optional.empty();
        }
        int runs = (input + blockSize - 1) / blockSize;
        long[] runHashes = new long[runs];
        for (int i = 0; i < runs; i++) {
            runHashes[i] = i < hashes.size() ? hashes.get(i) : request.id().hashCode() * 31L + i;
        }
        return Optional.of(new Prompt.Hashed(input, blockSize, runHashes));
    }

    private static String assumption(Recording recording, List<RequestRecord> usable) {
        List<String> parts = new ArrayList<>();
        int unknown = recording.requests().size() - usable.size();
        if (unknown > 0) {
            parts.add(unknown + " requests of unknown length are left out");
        }
        long open = usable.stream().filter(request -> request.outputTokens().isEmpty()).count();
        if (open > 0) {
            parts.add(open + " requests that did not end in the recording generate up to their limit");
        }
        return String.join("; ", parts);
    }
}
