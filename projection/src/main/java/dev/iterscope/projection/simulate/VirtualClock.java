package dev.iterscope.projection.simulate;

import dev.iterscope.engine.step.StepClock;

/// Time that passes only when somebody says so.
final class VirtualClock implements StepClock {
    private long now;

    @Override
    public long nanos() {
        return now;
    }

    /// Jumps to `nanos`; nothing else can happen in between.
    @Override
    public void waitUntil(long nanos) {
        if (nanos == Long.MAX_VALUE) {
            throw new IllegalStateException("the loop waits for a request that will never arrive");
        }
        now = Math.max(now, nanos);
    }
}
