package dev.iterscope.projection.simulate;

import dev.iterscope.engine.schedule.StepOutcome;
import dev.iterscope.engine.schedule.StepPlan;
import dev.iterscope.engine.step.PredictedOutcome;
import dev.iterscope.engine.step.StepExecutor;
import dev.iterscope.engine.step.StepTimes;
import java.util.ArrayDeque;

/// The devices of coupled ranks: in each round every rank executes one step, its own or an empty one. A round begins when the last rank has
/// submitted its step and the round before is over, and takes as long as the slowest rank needs. An empty step costs no more than any
/// other, so it does not count.
final class LockStep {

    /// One step of all ranks.
    private static final class Round {
        private long beginNanos;
        private long deviceNanos;
        private long endNanos;
    }

    private Round open = new Round();
    private long lastEndNanos;

    /// Whether any rank has submitted a step in the open round.
    boolean hasWork() {
        return open.deviceNanos > 0;
    }

    /// Closes the round that every rank has had its turn in.
    ///
    /// @return when it ends
    long close() {
        open.endNanos = Math.max(lastEndNanos, open.beginNanos) + open.deviceNanos;
        lastEndNanos = open.endNanos;
        open = new Round();
        return lastEndNanos;
    }

    /// The executor of one rank. The host's part passes on the rank's own clock.
    StepExecutor executor(StepTimes times, VirtualClock clock) {
        return new Executor(times, clock);
    }

    private final class Executor implements StepExecutor {
        private record Running(StepPlan plan, Round round) {}

        private final StepTimes times;
        private final VirtualClock clock;
        private final ArrayDeque<Running> running = new ArrayDeque<>(4);

        Executor(StepTimes times, VirtualClock clock) {
            this.times = times;
            this.clock = clock;
        }

        @Override
        public void submit(StepPlan plan) {
            clock.waitUntil(clock.nanos() + times.hostNanos(plan));
            open.beginNanos = Math.max(open.beginNanos, clock.nanos());
            open.deviceNanos = Math.max(open.deviceNanos, times.deviceNanos(plan));
            running.add(new Running(plan, open));
        }

        @Override
        public StepOutcome awaitOldest() {
            Running oldest = running.remove();
            clock.waitUntil(oldest.round().endNanos);
            return new PredictedOutcome(oldest.plan());
        }
    }
}
