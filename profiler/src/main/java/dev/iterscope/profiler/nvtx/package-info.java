/// NVTX version 3 from Java alone: ranges that NVIDIA Nsight Systems and other tools show, without a native library of
/// our own.
///
/// NVTX 3 is header-only: a client is a protocol, not a library, so it is spoken here through the Foreign Function and
/// Memory API. A tool names its injection library in the environment variable `NVTX_INJECTION64_PATH` and fills tables
/// of function pointers; without a tool nothing is loaded and a call costs a branch. Layouts and numbers are those of
/// the NVTX headers (`nvtxDetail/nvtxTypes.h`, `nvToolsExt.h`, `nvToolsExtPayload.h`).
///
/// Start with [dev.iterscope.profiler.nvtx.NvtxTool] and [dev.iterscope.profiler.nvtx.IterationRanges].
@NullMarked
package dev.iterscope.profiler.nvtx;

import org.jspecify.annotations.NullMarked;
