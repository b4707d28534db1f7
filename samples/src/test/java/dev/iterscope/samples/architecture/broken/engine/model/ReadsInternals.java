package dev.iterscope.samples.architecture.broken.engine.model;

import dev.iterscope.samples.architecture.broken.profiler.internal.Secret;

/// Breaks R7.
public record ReadsInternals(Secret secret) {}
