package dev.iterscope.profiler.nvtx;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/// The NVTX extensions that the attached tool takes.
///
/// Structured payloads are attached only where the tool knows the current version of the extension: Nsight Systems up
/// to 2023 takes the version before, but drops the payload and with it the number that would stand there otherwise.
record Extensions(Optional<ExtensionModule> payload, Optional<ExtensionModule> counters) {

    static Extensions offer(NvtxInjection tool) {
        return new Extensions(
                ExtensionModule.offer(
                        tool,
                        ExtensionModule.PAYLOAD,
                        CTypes.table(Arena.global()),
                        ExtensionModule.PAYLOAD_VERSION,
                        ExtensionModule.PAYLOAD_VERSION_BEFORE),
                ExtensionModule.offer(
                        tool, ExtensionModule.COUNTERS, MemorySegment.NULL, ExtensionModule.COUNTERS_VERSION));
    }

    /// The tool's function that registers a payload schema, 0 if payloads are not to be used.
    long schemaRegister() {
        return payload.filter(module -> module.version() == ExtensionModule.PAYLOAD_VERSION)
                .map(module -> module.function(ExtensionModule.PAYLOAD_SCHEMA_REGISTER))
                .orElse(0L);
    }

    /// The tool's function that registers counters, 0 if it takes none.
    long counterRegister() {
        return function(ExtensionModule.COUNTER_REGISTER);
    }

    /// The tool's function that takes a sample of a counter group, 0 if it takes none.
    long counterSample() {
        return function(ExtensionModule.COUNTER_SAMPLE);
    }

    private long function(int id) {
        return counters.map(module -> module.function(id)).orElse(0L);
    }
}
