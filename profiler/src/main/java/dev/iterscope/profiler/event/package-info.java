/// The recording's schema: one class per JDK Flight Recorder event, and the few types that write them.
///
/// Read the event classes to know what a recording holds: [dev.iterscope.profiler.event.IterationEvent] first.
/// [dev.iterscope.profiler.event.IterationRecorder] writes the pair of events of each step from the engine thread,
/// [dev.iterscope.profiler.event.RequestEvents] the events of a request's life, and
/// [dev.iterscope.profiler.event.StaticEvents] what describes engine, model and devices.
@NullMarked
package dev.iterscope.profiler.event;

import org.jspecify.annotations.NullMarked;
