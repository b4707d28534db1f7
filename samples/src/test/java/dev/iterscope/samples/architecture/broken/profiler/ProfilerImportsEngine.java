package dev.iterscope.samples.architecture.broken.profiler;

import dev.iterscope.samples.architecture.broken.engine.model.CleanModel;

/// Breaks R1.
public record ProfilerImportsEngine(CleanModel model) {}
