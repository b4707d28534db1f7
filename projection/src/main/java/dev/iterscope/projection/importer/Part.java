package dev.iterscope.projection.importer;

import dev.iterscope.projection.importer.source.RecordingBuilder;

/// What one source held.
///
/// @param kind    the source's kind
/// @param file    its name without directories
/// @param records its records
record Part(String kind, String file, RecordingBuilder records) {}
