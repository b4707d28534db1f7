/// Reads recordings, models what a step costs, replays the scheduler and recommends a batch-token limit.
@NullMarked
package dev.iterscope.projection;

import org.jspecify.annotations.NullMarked;
