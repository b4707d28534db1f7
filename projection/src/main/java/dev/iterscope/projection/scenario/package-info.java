/// Scenarios of the `schedule` command: what to schedule, read strictly from JSON, and the dry run that shows what the scheduler
/// decides in each step.
@NullMarked
package dev.iterscope.projection.scenario;

import org.jspecify.annotations.NullMarked;
