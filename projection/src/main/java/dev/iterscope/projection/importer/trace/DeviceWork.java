package dev.iterscope.projection.importer.trace;

import java.util.OptionalDouble;

/// Work that a device did: a kernel, a copy, or a graph launched as one.
///
/// @param process     the process that asked for it
/// @param correlation the number that it shares with the call that asked for it
/// @param name        its name
/// @param device      device index
/// @param stream      stream id
/// @param start       when it began, nanoseconds on the trace's clock
/// @param end         when it ended, not before its start
/// @param bytes       bytes moved, if known
public record DeviceWork(
        long process, long correlation, String name, int device, long stream, long start, long end, OptionalDouble bytes) {}
