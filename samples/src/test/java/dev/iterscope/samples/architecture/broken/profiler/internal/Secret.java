package dev.iterscope.samples.architecture.broken.profiler.internal;

/// Breaks nothing by itself; internal to its module.
public record Secret() {}
