package dev.iterscope.samples.architecture.broken.projection.report;

import java.lang.foreign.MemorySegment;

/// Breaks R6.
public record UsesForeignMemory(MemorySegment memory) {}
