/// Serving metrics as `vllm bench serve` defines them, from request timelines of runs and simulations.
@NullMarked
package dev.iterscope.projection.metrics;

import org.jspecify.annotations.NullMarked;
