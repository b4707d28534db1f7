package dev.iterscope.samples.architecture.broken.samples;

/// Breaks nothing.
public record CleanSample() {}
