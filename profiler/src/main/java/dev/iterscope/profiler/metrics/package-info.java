/// A running engine's metrics in Prometheus text under vLLM's names, made from the event stream, so that dashboards for
/// vLLM show them.
@NullMarked
package dev.iterscope.profiler.metrics;

import org.jspecify.annotations.NullMarked;
