package dev.iterscope.projection.recording;

/// A time in which the recorded process could not work: garbage collection, safepoint, CPU throttling.
///
/// @param kind       `gc`, `safepoint`, `throttle`
/// @param startNanos start on the recording's clock
/// @param timeNanos  duration
public record Pause(String kind, long startNanos, long timeNanos) {}
