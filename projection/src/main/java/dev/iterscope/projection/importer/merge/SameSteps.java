package dev.iterscope.projection.importer.merge;

import dev.iterscope.projection.recording.Iteration;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/// Recognises steps that two sources recorded of one engine, such as a server's log and a profiler's capture of some seconds of it.
///
/// Batches differ from step to step, so that a stretch of the same batches in the same order is no coincidence.
final class SameSteps {

    /// Steps compared, and the least that prove anything.
    private static final int COMPARED = 256;
    private static final int LEAST = 8;
    private static final int LEAST_DISTINCT = 4;

    private SameSteps() {}

    /// Finds the steps of one list in another.
    ///
    /// @return what has to be added to an index of the first list for the index of the same step in the second; may be negative
    static OptionalInt offset(List<Iteration> first, List<Iteration> second) {
        OptionalInt ahead = find(first, second);
        if (ahead.isPresent()) {
            return ahead;
        }
        OptionalInt behind = find(second, first);
        return behind.isPresent() ? OptionalInt.of(-behind.getAsInt()) : behind;
    }

    /// The place in the second list where the first one's begin stands.
    private static OptionalInt find(List<Iteration> first, List<Iteration> second) {
        int compared = Math.min(COMPARED, first.size());
        long[] wanted = batches(first, compared);
        if (compared < LEAST || Arrays.stream(wanted).distinct().count() < LEAST_DISTINCT) {
            return OptionalInt.empty();
        }
        long[] window = new long[compared];
        int seen = 0;
        for (Iteration step : second) {
            window[seen % compared] = batch(step);
            seen++;
            if (seen >= compared && equal(window, seen % compared, wanted)) {
                return OptionalInt.of(seen - compared);
            }
        }
        return OptionalInt.empty();
    }

    private static boolean equal(long[] ring, int from, long[] wanted) {
        for (int i = 0; i < wanted.length; i++) {
            if (ring[(from + i) % ring.length] != wanted[i]) {
                return false;
            }
        }
        return true;
    }

    private static long[] batches(List<Iteration> steps, int count) {
        long[] batches = new long[count];
        for (int i = 0; i < count; i++) {
            batches[i] = batch(steps.get(i));
        }
        return batches;
    }

    /// What was in a step, as one number.
    private static long batch(Iteration step) {
        return (((step.contextRequests() * 1_000_003L + step.contextTokens()) * 1_000_003L) + step.generationRequests()) * 1_000_003L
                + step.generationTokens();
    }
}
