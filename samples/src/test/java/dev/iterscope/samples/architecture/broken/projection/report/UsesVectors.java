package dev.iterscope.samples.architecture.broken.projection.report;

import jdk.incubator.vector.FloatVector;

/// Breaks R6.
public record UsesVectors(FloatVector vector) {}
