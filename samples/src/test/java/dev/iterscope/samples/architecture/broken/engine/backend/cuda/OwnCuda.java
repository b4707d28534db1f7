package dev.iterscope.samples.architecture.broken.engine.backend.cuda;

/// Breaks nothing; a backend.
public record OwnCuda() {}
