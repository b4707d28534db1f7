package dev.iterscope.profiler.nvtx;

import java.lang.foreign.MemorySegment;

/// A text that never changes, and its handle in the domain that it was registered in.
///
/// @param text zero-terminated
/// @param handle 0 if the tool registers no strings
record ConstantName(MemorySegment text, long handle) {}
