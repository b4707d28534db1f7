package dev.iterscope.samples.architecture.broken.projection.report;

/// Breaks R6.
public final class Prints {

    /// Prints.
    public void run() {
        System.out.println("hello");
    }
}
