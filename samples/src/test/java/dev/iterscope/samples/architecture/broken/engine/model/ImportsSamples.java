package dev.iterscope.samples.architecture.broken.engine.model;

import dev.iterscope.samples.architecture.broken.samples.CleanSample;

/// Breaks R2 for the rest of the module graph.
public record ImportsSamples(CleanSample sample) {}
