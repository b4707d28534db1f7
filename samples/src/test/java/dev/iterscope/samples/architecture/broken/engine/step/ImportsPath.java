package dev.iterscope.samples.architecture.broken.engine.step;

import java.nio.file.Path;

/// Breaks R4 by an import.
public record ImportsPath(Path file) {}
