package dev.iterscope.projection.report;

import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.Recording;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.LongStream;

/// The wall clock that a recording covers.
final class RecordingSpan {
    private RecordingSpan() {}

    /// From the start of the first step to the end of the last, seconds; empty where steps have no times.
    static OptionalDouble seconds(Recording recording) {
        OptionalLong first = times(recording).min();
        OptionalLong last = times(recording).max();
        return first.isPresent() && last.isPresent()
                ? OptionalDouble.of((last.getAsLong() - first.getAsLong()) / 1e9)
                : OptionalDouble.empty();
    }

    private static LongStream times(Recording recording) {
        return recording.iterations().stream().flatMapToLong(RecordingSpan::ends);
    }

    private static LongStream ends(Iteration iteration) {
        return LongStream.concat(iteration.startNanos().stream(), iteration.endNanos().stream());
    }
}
