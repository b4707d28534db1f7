package dev.iterscope.projection.recording;

/// Something that a reader of the recording should know, counted.
///
/// @param code    stable word, lower case with hyphens
/// @param message one sentence
/// @param count   how often it happened
public record RecordingWarning(String code, String message, long count) {}
