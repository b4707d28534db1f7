package dev.iterscope.projection.simulate;

import dev.iterscope.engine.schedule.StepOutcome;
import dev.iterscope.engine.schedule.StepPlan;
import dev.iterscope.engine.step.PredictedOutcome;
import dev.iterscope.engine.step.StepExecutor;
import dev.iterscope.engine.step.StepTimes;
import java.util.ArrayDeque;

/// Executes plans by letting their predicted time pass. The host's part passes on the loop's own clock when a plan is submitted; the
/// device works through its plans one after the other. With two plans in flight the host's part of the second so hides behind the
/// device's work on the first, and a step costs about max(device, host); with one in flight it costs their sum.
final class PredictedExecutor implements StepExecutor {

    /// A plan and when the device is done with it.
    private record Running(StepPlan plan, long endNanos) {}

    private final StepTimes times;
    private final VirtualClock clock;
    private final ArrayDeque<Running> running = new ArrayDeque<>(4);
    private long deviceFreeNanos;

    PredictedExecutor(StepTimes times, VirtualClock clock) {
        this.times = times;
        this.clock = clock;
    }

    @Override
    public void submit(StepPlan plan) {
        long host = times.hostNanos(plan);
        if (host > 0) {
            clock.waitUntil(clock.nanos() + host);
        }
        deviceFreeNanos = Math.max(deviceFreeNanos, clock.nanos()) + times.deviceNanos(plan);
        running.add(new Running(plan, deviceFreeNanos));
    }

    @Override
    public StepOutcome awaitOldest() {
        Running oldest = running.remove();
        clock.waitUntil(oldest.endNanos());
        return new PredictedOutcome(oldest.plan());
    }
}
