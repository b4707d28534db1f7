package dev.iterscope.samples.architecture.broken.engine.step;

/// Breaks R4 by a call on a permitted type.
public final class ReadsClock {

    /// The impure call.
    public long now() {
        return System.nanoTime();
    }
}
