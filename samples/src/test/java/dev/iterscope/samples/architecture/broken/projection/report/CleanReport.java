package dev.iterscope.samples.architecture.broken.projection.report;

/// Breaks nothing.
public record CleanReport() {}
