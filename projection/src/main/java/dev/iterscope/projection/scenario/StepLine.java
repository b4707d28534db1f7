package dev.iterscope.projection.scenario;

import dev.iterscope.engine.schedule.StepPlan;
import java.util.List;

/// What a dry run tells of one step.
///
/// @param step     number of the step
/// @param plan     what it computes
/// @param finished ids that ended when outcomes were taken in during it
/// @param running  ids after planning, in order of service
/// @param waiting  ids after planning, in order of service
public record StepLine(long step, StepPlan plan, List<String> finished, List<String> running, List<String> waiting) {}
