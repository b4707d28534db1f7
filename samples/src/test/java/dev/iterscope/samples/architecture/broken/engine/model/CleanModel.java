package dev.iterscope.samples.architecture.broken.engine.model;

/// Breaks nothing.
public record CleanModel(int layers) {}
