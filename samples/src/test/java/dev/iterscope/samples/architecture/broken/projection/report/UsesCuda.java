package dev.iterscope.samples.architecture.broken.projection.report;

import jcuda.Pointer;

/// Breaks R6.
public record UsesCuda(Pointer pointer) {}
