package dev.iterscope.samples.architecture.broken.projection.cli;

import dev.iterscope.samples.architecture.broken.engine.backend.cpu.OwnCpu;
import dev.iterscope.samples.architecture.broken.engine.backend.cuda.OwnCuda;
import dev.iterscope.samples.architecture.broken.engine.backend.emulated.OwnEmulated;

/// Breaks R5: backends are found, not named.
public record NamesBackends(OwnCpu cpu, OwnCuda cuda, OwnEmulated emulated) {}
