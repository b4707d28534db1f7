package dev.iterscope.samples.architecture.broken.engine.backend.emulated;

/// Breaks nothing; a backend.
public record OwnEmulated() {}
