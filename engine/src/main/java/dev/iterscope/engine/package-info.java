/// The facade: an engine that runs a list of requests on a backend and is watched by the profiler.
@NullMarked
package dev.iterscope.engine;

import org.jspecify.annotations.NullMarked;
