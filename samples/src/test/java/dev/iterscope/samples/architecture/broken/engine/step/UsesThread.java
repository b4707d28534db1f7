package dev.iterscope.samples.architecture.broken.engine.step;

/// Breaks R4 by a type of a permitted package.
public final class UsesThread {

    /// The impure call.
    public String name() {
        return Thread.currentThread().getName();
    }
}
