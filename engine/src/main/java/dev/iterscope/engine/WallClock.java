package dev.iterscope.engine;

import dev.iterscope.engine.step.StepClock;
import java.util.concurrent.locks.LockSupport;

/// The wall clock, from its construction on.
final class WallClock implements StepClock {
    private final long start = System.nanoTime();

    @Override
    public long nanos() {
        return System.nanoTime() - start;
    }

    @Override
    public void waitUntil(long nanos) {
        for (long left = nanos - nanos(); left > 0; left = nanos - nanos()) {
            LockSupport.parkNanos(this, left);
            if (Thread.interrupted()) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while waiting for a request");
            }
        }
    }
}
