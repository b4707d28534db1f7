package dev.iterscope.projection.compare;

import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.RequestRecord;
import dev.iterscope.projection.recording.Timing;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/// What steps and requests of a recording tell of time, before anything is summarised.
///
/// @param startNanos first arrival, or start of the first step where no arrival is known
/// @param endNanos   last token of a completed request, or end of the last step
/// @param positions  where each step of the recording ended, as a share of the span, 0..1: by its clock, or by its place among its engine's
///                   steps where the clock does not tell steps apart
/// @param steps      duration of each step, at its end
/// @param gaps       gaps between tokens, from steps
record TimedSamples(OptionalLong startNanos, OptionalLong endNanos, List<Double> positions, List<Timed> steps, List<Timed> gaps) {

    /// A time span.
    ///
    /// @param position when it ended, as a share of the span
    /// @param nanos    how long it was
    /// @param count    how often it occurred then
    record Timed(double position, long nanos, long count) {}

    /// @param completed the requests that completed
    static TimedSamples of(Recording recording, List<RequestRecord> completed) {
        OptionalLong start = start(recording, completed);
        OptionalLong end = end(recording, completed);
        List<Double> positions = positions(recording.iterations(), start, end);
        List<Timed> steps = new ArrayList<>();
        List<Timed> gaps = new ArrayList<>();
        if (recording.timing().basis() == Timing.Basis.STEP) {
            addSteps(recording, positions, steps, gaps);
        }
        return new TimedSamples(start, end, positions, steps, gaps);
    }

    private static List<Double> positions(List<Iteration> iterations, OptionalLong start, OptionalLong end) {
        List<Double> positions = new ArrayList<>(iterations.size());
        boolean exact = start.isPresent() && end.isPresent() && end.getAsLong() > start.getAsLong()
                && iterations.stream().allMatch(step -> step.startNanos().isPresent() && step.endNanos().isPresent());
        Map<Integer, Integer> sizes = new HashMap<>();
        iterations.forEach(step -> sizes.merge(step.engine(), 1, Integer::sum));
        Map<Integer, Integer> seen = new HashMap<>();
        for (Iteration step : iterations) {
            int place = seen.merge(step.engine(), 1, Integer::sum);
            double position = exact
                    ? (step.endNanos().orElseThrow() - start.orElseThrow()) / (double) (end.orElseThrow() - start.orElseThrow())
                    : (place - 0.5) / sizes.getOrDefault(step.engine(), 1);
            positions.add(Math.clamp(position, 0, 1));
        }
        return positions;
    }

    /// A request that generates is part of every step between its first and its last token, so the gap before each of its tokens is the
    /// time from the result before. Sources that do not say when steps began leave the time between steps out.
    private static void addSteps(Recording recording, List<Double> positions, List<Timed> steps, List<Timed> gaps) {
        int engine = Integer.MIN_VALUE;
        OptionalLong before = OptionalLong.empty();
        for (int i = 0; i < positions.size(); i++) {
            Iteration step = recording.iterations().get(i);
            if (step.engine() != engine) {
                engine = step.engine();
                before = OptionalLong.empty();
            }
            if (step.isDummy() || step.scheduledTokens() == 0 || step.ownNanos().isEmpty()) {
                continue;
            }
            long own = step.ownNanos().getAsLong();
            OptionalLong end = step.startNanos().isPresent() ? step.endNanos() : OptionalLong.empty();
            steps.add(new Timed(positions.get(i), own, 1));
            if (step.generationRequests() > 0) {
                boolean exact = end.isPresent() && before.isPresent();
                gaps.add(new Timed(positions.get(i), exact ? end.getAsLong() - before.getAsLong() : own, step.generationRequests()));
            }
            before = end;
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
