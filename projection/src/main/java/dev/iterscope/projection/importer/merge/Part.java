package dev.iterscope.projection.importer.merge;

import dev.iterscope.projection.importer.source.RecordingBuilder;
import dev.iterscope.projection.recording.Iteration;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.LongStream;

/// What one source held.
///
/// @param kind    the source's kind
/// @param file    its name without directories
/// @param records its records
public record Part(String kind, String file, RecordingBuilder records) {

    /// When its first record was, on its own clock; empty where nothing has a time.
    OptionalLong firstNanos() {
        return records.firstNanos();
    }

    /// When its last record was, on its own clock.
    OptionalLong lastNanos() {
        return LongStream.concat(
                records.iterations().values().stream().mapToLong(Part::lastEnd),
                LongStream.concat(
                        records.requests().stream()
                                .mapToLong(request -> request.arrivalNanos().isPresent()
                                        ? request.arrivalNanos().getAsLong() + request.endToEndNanos().orElse(0)
                                        : Long.MIN_VALUE),
                        LongStream.concat(
                                records.intervals().stream().mapToLong(interval -> interval.endNanos().orElse(Long.MIN_VALUE)),
                                records.kernels().stream()
                                        .mapToLong(kernel -> kernel.startNanos().isPresent()
                                                ? kernel.startNanos().getAsLong() + kernel.timeNanos()
                                                : Long.MIN_VALUE))))
                .filter(time -> time != Long.MIN_VALUE)
                .max();
    }

    /// The steps of an engine.
    List<Iteration> steps(int engine) {
        return records.iterations().getOrDefault(engine, List.of());
    }

    /// The end of the last step that has one; steps stand in their order.
    static long lastEnd(List<Iteration> steps) {
        for (int i = steps.size() - 1; i >= 0; i--) {
            OptionalLong end = steps.get(i).endNanos();
            if (end.isPresent()) {
                return end.getAsLong();
            }
        }
        return Long.MIN_VALUE;
    }

    /// The begin of the first step that has a time, its end where the begin is not known.
    static long firstTime(List<Iteration> steps) {
        for (Iteration step : steps) {
            if (step.startNanos().isPresent() || step.endNanos().isPresent()) {
                return step.startNanos().orElse(step.endNanos().orElse(0) - step.elapsedNanos().orElse(0));
            }
        }
        return Long.MAX_VALUE;
    }
}
