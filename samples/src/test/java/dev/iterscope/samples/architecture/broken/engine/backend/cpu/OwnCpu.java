package dev.iterscope.samples.architecture.broken.engine.backend.cpu;

/// Breaks nothing; a backend.
public record OwnCpu() {}
