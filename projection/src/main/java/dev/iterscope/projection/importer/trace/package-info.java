/// What all profiler traces share: ranges that name an engine step, the device's work attributed to them, and the time that is a step's own.
@NullMarked
package dev.iterscope.projection.importer.trace;

import org.jspecify.annotations.NullMarked;
