/// What observing a step costs the threads that compute it.
@NullMarked
package dev.iterscope.profiler.bench;

import org.jspecify.annotations.NullMarked;
