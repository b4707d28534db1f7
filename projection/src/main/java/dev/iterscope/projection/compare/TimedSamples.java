package dev.iterscope.projection.compare;

import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.RequestRecord;
import dev.iterscope.projection.recording.Timing;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/// What steps and requests of a recording tell of time, before anything is summarised.
///
/// @param startNanos first arrival, or start of the first step where no arrival is known
/// @param endNanos   last token of a completed request, or end of the last step
/// @param steps      duration of each step, at its end
/// @param gaps       gaps between tokens, from steps
record TimedSamples(OptionalLong startNanos, OptionalLong endNanos, List<Timed> steps, List<Timed> gaps) {

    /// A time span.
    ///
    /// @param atNanos when it ended, on the recording's clock
    /// @param nanos   how long it was
    /// @param count   how often it occurred then
    record Timed(long atNanos, long nanos, long count) {}

    /// @param completed the requests that completed
    static TimedSamples of(Recording recording, List<RequestRecord> completed) {
        List<Timed> steps = new ArrayList<>();
        List<Timed> gaps = new ArrayList<>();
        if (recording.timing().basis() == Timing.Basis.STEP) {
            addSteps(recording, steps, gaps);
        }
        return new TimedSamples(start(recording, completed), end(recording, completed), steps, gaps);
    }

    /// A request that generates is part of every step between its first and its last token, so the gap before each of its tokens is the
    /// time from the result before. Sources that do not say when steps began leave the time between steps out.
    private static void addSteps(Recording recording, List<Timed> steps, List<Timed> gaps) {
        int engine = Integer.MIN_VALUE;
        OptionalLong before = OptionalLong.empty();
        for (Iteration step : recording.iterations()) {
            if (step.engine() != engine) {
                engine = step.engine();
                before = OptionalLong.empty();
            }
            if (step.isDummy() || step.scheduledTokens() == 0 || step.ownNanos().isEmpty() || step.endNanos().isEmpty()) {
                continue;
            }
            long end = step.endNanos().getAsLong();
            long own = step.ownNanos().getAsLong();
            boolean exact = step.startNanos().isPresent() && before.isPresent();
            steps.add(new Timed(end, own, 1));
            if (step.generationRequests() > 0) {
                gaps.add(new Timed(end, exact ? end - before.getAsLong() : own, step.generationRequests()));
            }
            before = step.startNanos().isPresent() ? OptionalLong.of(end) : OptionalLong.empty();
        }
    }

    private static OptionalLong start(Recording recording, List<RequestRecord> completed) {
        OptionalLong arrival = completed.isEmpty()
                ? OptionalLong.empty()
                : recording.requests().stream().map(RequestRecord::arrivalNanos).flatMapToLong(OptionalLong::stream).min();
        return arrival.isPresent()
                ? arrival
                : recording.iterations().stream().flatMapToLong(step -> startOf(step).stream()).min();
    }

    private static OptionalLong startOf(Iteration step) {
        return step.startNanos().isPresent() || step.endNanos().isEmpty()
                ? step.startNanos()
                : OptionalLong.of(step.endNanos().getAsLong() - step.ownNanos().orElse(0));
    }

    private static OptionalLong end(Recording recording, List<RequestRecord> completed) {
        OptionalLong last = completed.stream().flatMapToLong(request -> endOf(request).stream()).max();
        return last.isPresent() ? last : recording.iterations().stream().map(Iteration::endNanos).flatMapToLong(OptionalLong::stream).max();
    }

    /// When a request's last token was there.
    static OptionalLong endOf(RequestRecord request) {
        return request.arrivalNanos().isPresent() && request.endToEndNanos().isPresent()
                ? OptionalLong.of(request.arrivalNanos().getAsLong() + request.endToEndNanos().getAsLong())
                : OptionalLong.empty();
    }
}
