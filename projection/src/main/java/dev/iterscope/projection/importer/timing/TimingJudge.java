package dev.iterscope.projection.importer.timing;

import dev.iterscope.projection.importer.source.IterationDraft;
import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.Timing.Basis;
import java.util.List;
import java.util.OptionalLong;

/// Finds out what the elapsed times of one engine are worth, by adding them up against its timestamps.
///
/// vLLM logs, under asynchronous scheduling, only the wait for the oldest result: anything from 0 to the step's time. If the steps'
/// times fill the time in which the engine was busy, each is its own. If they do not, the spacing of the timestamps says how long
/// steps took on average. If there are too few timestamps for that, nothing does.
public final class TimingJudge {

    private static final long SECOND = 1_000_000_000L;
    /// Steps whose sum is within this share of the busy time are taken at their word.
    private static final double TOLERANCE = 0.15;
    /// At a resolution of 1 s fewer distinct times than this say nothing about single steps.
    private static final int LEAST_TIMES = 5;
    /// A blocking wait this short means that the result was there already: no GPU step is so short.
    private static final long NO_STEP_NANOS = 100_000;
    private static final int SAME_BATCH_RATIO = 4;

    private TimingJudge() {}

    /// What was found.
    ///
    /// @param basis          where a step's time comes from
    /// @param steps          the steps; on the basis of timestamps with start and end spread over the time between timestamps
    /// @param explainedNanos time that the steps say they took, idle time that the source itself reports included
    /// @param wallNanos      time in which the engine was busy
    /// @param checked        whether there were enough timestamps to check against
    public record Verdict(Basis basis, List<Iteration> steps, long explainedNanos, long wallNanos, boolean checked) {}

    /// Judges the steps of one engine, in the order in which they were recorded.
    public static Verdict judge(List<Iteration> steps) {
        if (steps.isEmpty()) {
            return new Verdict(Basis.UNUSABLE, steps, 0, 0, false);
        }
        Sums sums = new Sums();
        steps.forEach(sums::add);
        if (sums.timed == 0) {
            // A log without times need not hold every step: the distance between two lines is not a step's time.
            return sums.verdict(Basis.UNUSABLE, steps, false);
        }
        if (sums.exact) {
            return sums.verdict(Basis.STEP, steps, true);
        }
        if (sums.distinctEnds < 2 || sums.busy < 3 * sums.resolution()) {
            return sums.verdict(sums.looksLikeWaits() ? Basis.UNUSABLE : Basis.STEP, steps, false);
        }
        if (Math.abs(sums.explained - sums.busy) <= TOLERANCE * sums.busy + sums.resolution()) {
            boolean waits = sums.looksLikeWaits() && sums.explained < (1 - TOLERANCE) * sums.busy;
            if (!waits) {
                return sums.verdict(Basis.STEP, steps, true);
            }
        }
        return sums.distinctEnds >= LEAST_TIMES ? byTimestamps(steps, sums) : sums.verdict(Basis.UNUSABLE, steps, true);
    }

    /// Gives each step an equal part of the time between its timestamp and the one before. The sums are right; single steps are not.
    private static Verdict byTimestamps(List<Iteration> steps, Sums sums) {
        SpreadSteps.Groups groups = new SpreadSteps.Groups();
        OptionalLong before = OptionalLong.empty();
        int from = 0;
        while (from < steps.size()) {
            int to = from + 1;
            OptionalLong end = steps.get(from).endNanos();
            while (to < steps.size() && steps.get(to).endNanos().equals(end)) {
                to++;
            }
            if (before.isPresent() && end.isPresent() && end.getAsLong() > before.getAsLong()
                    && end.getAsLong() - before.getAsLong() <= sums.idleAbove(steps.get(from))) {
                groups.add(from, to, before.getAsLong(), end.getAsLong());
            }
            before = end.isPresent() ? end : before;
            from = to;
        }
        return sums.verdict(Basis.TIMESTAMPS, SpreadSteps.of(steps, groups), true);
    }

    /// Running sums over the steps.
    private static final class Sums {
        private long timed;
        private long explained;
        private long busy;
        private int distinctEnds;
        private boolean exact = true;
        private boolean wholeSeconds = true;
        private long waits;
        private long pairs;
        private OptionalLong lastEnd = OptionalLong.empty();
        private Iteration last;
        private boolean any;

        private Sums() {
            last = new IterationDraft().build();
        }

        private void add(Iteration step) {
            OptionalLong elapsed = step.elapsedNanos();
            OptionalLong end = step.endNanos();
            boolean own = step.startNanos().isPresent() && end.isPresent();
            exact &= own && elapsed.isPresent() && end.getAsLong() - step.startNanos().getAsLong() == elapsed.getAsLong()
                    && (lastEnd.isEmpty() || step.startNanos().getAsLong() >= lastEnd.getAsLong());
            if (elapsed.isPresent()) {
                timed++;
                explained += elapsed.getAsLong();
                countWaits(step, elapsed.getAsLong());
            }
            if (end.isPresent()) {
                addToWall(step, end.getAsLong(), elapsed);
            }
            last = step;
            any = true;
        }

        private void addToWall(Iteration step, long end, OptionalLong elapsed) {
            wholeSeconds &= end % SECOND == 0;
            if (lastEnd.isEmpty()) {
                busy += elapsed.orElse(0);
                distinctEnds++;
            } else if (end > lastEnd.getAsLong()) {
                long passed = end - lastEnd.getAsLong();
                OptionalLong idle = step.detail().map(detail -> detail.idleBeforeNanos()).orElse(OptionalLong.empty());
                explained += Math.min(passed, idle.orElse(0));
                busy += passed > idleAbove(step) ? elapsed.orElse(0) + idle.orElse(0) : passed;
                distinctEnds++;
            }
            if (lastEnd.isEmpty() || end > lastEnd.getAsLong()) {
                lastEnd = OptionalLong.of(end);
            }
        }

        /// Time since the step before from which on the engine must have been idle, since the step itself took less.
        private long idleAbove(Iteration step) {
            return step.elapsedNanos().orElse(0)
                    + step.detail().map(detail -> detail.idleBeforeNanos()).orElse(OptionalLong.empty()).orElse(0)
                    + resolution() + resolution() / 2;
        }

        private void countWaits(Iteration step, long elapsed) {
            boolean sameBatch = any && last.contextTokens() == step.contextTokens() && last.generationTokens() == step.generationTokens();
            if (sameBatch && last.elapsedNanos().isPresent()) {
                pairs++;
                long before = last.elapsedNanos().getAsLong();
                long longer = Math.max(before, elapsed);
                waits += longer > SAME_BATCH_RATIO * Math.min(before, elapsed) || longer < NO_STEP_NANOS ? 1 : 0;
            }
        }

        private boolean looksLikeWaits() {
            return waits * 4 > pairs && waits > 0;
        }

        private long resolution() {
            return wholeSeconds ? SECOND : SECOND / 10;
        }

        private Verdict verdict(Basis basis, List<Iteration> steps, boolean checked) {
            return new Verdict(basis, steps, explained, busy, checked);
        }
    }
}
