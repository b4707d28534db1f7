package dev.iterscope.samples.architecture.broken.engine.model;

import dev.iterscope.samples.architecture.broken.projection.report.CleanReport;

/// Breaks R2.
public record EngineImportsProjection(CleanReport report) {}
