package dev.iterscope.profiler.nvtx;

import java.util.OptionalInt;

/// Whether an NVTX tool is attached to this process, for people who wonder why they see no ranges.
public sealed interface NvtxStatus {

    /// No tool asked to be loaded: `NVTX_INJECTION64_PATH` is not set. Nsight Systems sets it with `--trace=nvtx`.
    record NoTool() implements NvtxStatus {}

    /// A tool is attached.
    ///
    /// @param library the tool's injection library
    /// @param listening whether it takes ranges at this moment; a tool may start and stop doing so
    /// @param payloadVersion compatibility id of the payload extension that it accepted, 0x0104 being the current one;
    ///     empty if it takes no structured payloads
    /// @param counters whether it takes counters
    record Attached(String library, boolean listening, OptionalInt payloadVersion, boolean counters) implements NvtxStatus {}

    /// A tool was named but cannot be used. The program goes on as without a tool.
    ///
    /// @param library what the environment variable names
    /// @param problem what is wrong with it
    record Failed(String library, String problem) implements NvtxStatus {}
}
