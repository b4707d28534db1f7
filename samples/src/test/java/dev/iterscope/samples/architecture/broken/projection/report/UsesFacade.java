package dev.iterscope.samples.architecture.broken.projection.report;

import dev.iterscope.samples.architecture.broken.engine.Facade;

/// Breaks R5: only the command line may.
public record UsesFacade(Facade facade) {}
