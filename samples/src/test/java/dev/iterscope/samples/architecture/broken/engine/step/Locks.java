package dev.iterscope.samples.architecture.broken.engine.step;

/// Breaks R4 by a lock.
public final class Locks {

    private int count;

    /// The lock.
    public synchronized int next() {
        return ++count;
    }
}
