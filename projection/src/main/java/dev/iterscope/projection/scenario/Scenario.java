package dev.iterscope.projection.scenario;

import dev.iterscope.engine.kvcache.KvCacheConfig;
import dev.iterscope.engine.schedule.SchedulerConfig;
import java.util.List;
import java.util.Set;

/// What a dry run schedules. The JSON form is described in `docs/reference/schema/schedule-scenario.schema.json`.
///
/// @param scheduler            limits and policies
/// @param kv                   shape of the KV cache
/// @param maxConcurrentBatches steps in flight: the outcome of step s is taken in after the plan of step s + this − 1
/// @param maxSteps             number of the last step
/// @param throttledSteps       steps in which context work waits for generation
/// @param requests             in the order of the list
public record Scenario(
        SchedulerConfig scheduler,
        KvCacheConfig kv,
        int maxConcurrentBatches,
        long maxSteps,
        Set<Long> throttledSteps,
        List<ScenarioRequest> requests) {
    /// Keeps unmodifiable copies.
    public Scenario {
        throttledSteps = Set.copyOf(throttledSteps);
        requests = List.copyOf(requests);
    }
}
