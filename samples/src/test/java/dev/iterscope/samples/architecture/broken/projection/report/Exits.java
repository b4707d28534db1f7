package dev.iterscope.samples.architecture.broken.projection.report;

/// Breaks R6.
public final class Exits {

    /// Exits.
    public void run() {
        System.exit(1);
    }
}
