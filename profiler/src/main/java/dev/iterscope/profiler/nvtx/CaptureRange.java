package dev.iterscope.profiler.nvtx;

import java.lang.foreign.Arena;
import org.jspecify.annotations.Nullable;

/// A window of steps that a tool may be told to capture: a range with the registered name `capture` in the domain
/// `iterscope`. Nsight Systems starts and ends a capture at it with `nsys profile -c nvtx -p capture@iterscope`.
///
/// Begun and ended by number, so that the threads may differ. Not thread-safe.
public final class CaptureRange {

    private final @Nullable IterscopeDomain domain;
    private long number;

    private CaptureRange(@Nullable IterscopeDomain domain) {
        this.domain = domain;
    }

    /// A window for one engine.
    public static CaptureRange of(NvtxTool tool) {
        NvtxTool.Client client = tool.client();
        return new CaptureRange(client == null ? null : client.domain());
    }

    /// Begins the window. Does nothing if it has begun.
    public void begin() {
        ConstantName name = domain == null || number != 0 ? null : domain.captureName();
        if (domain != null && name != null) {
            number = domain.start(new EventAttributes(Arena.ofAuto()).name(name));
        }
    }

    /// Ends the window. Does nothing if it has not begun.
    public void end() {
        if (domain != null && number != 0) {
            domain.end(number);
            number = 0;
        }
    }
}
