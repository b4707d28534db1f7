package dev.iterscope.projection.report;

import java.util.Optional;
import java.util.OptionalInt;

/// How the engines of all swept points run, beside the limits that a sweep varies.
///
/// @param schedulingPolicy order of service: `fcfs` or `priority`
/// @param tokenBudget      how a step's budget is chosen: `static`
/// @param tensorParallel   tensor-parallel ranks of an engine, if known
/// @param dataParallel     engines side by side, at least 1
/// @param expertParallel   whether ranks share out the experts; empty where it is not known
/// @param pipelineParallel pipeline stages of an engine, if known
public record Deployment(
        String schedulingPolicy,
        String tokenBudget,
        OptionalInt tensorParallel,
        int dataParallel,
        Optional<Boolean> expertParallel,
        OptionalInt pipelineParallel) {

    /// Devices that all engines together run on; what is not known counts as one.
    public int devices() {
        return tensorParallel.orElse(1) * dataParallel * pipelineParallel.orElse(1);
    }
}
