package dev.iterscope.projection.simulate;

import dev.iterscope.engine.schedule.StepCounts;
import dev.iterscope.projection.metrics.ServingMetrics;
import java.util.List;

/// What a simulation achieved, over all engines.
///
/// @param metrics the service's results
/// @param visited counts of up to 1024 of its steps, evenly spread; without the empty steps of coupled ranks
public record SimulationResult(ServingMetrics metrics, List<StepCounts> visited) {}
