package dev.iterscope.samples.architecture.broken.engine;

/// Breaks nothing.
public record Facade() {}
