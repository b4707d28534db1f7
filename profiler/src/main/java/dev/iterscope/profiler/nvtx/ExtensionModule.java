package dev.iterscope.profiler.nvtx;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.Optional;

/// An NVTX extension that the tool has accepted: its function slots.
///
/// A tool accepts an extension only in the version that it knows (the compatibility id), so older ones are tried after
/// the newest, each with fresh slots.
final class ExtensionModule {

    /// The payload extension, with the version of the current headers and the one that Nsight Systems knew up to 2023.
    static final int PAYLOAD = 2;

    /// Version of the payload extension from which on tools are known to keep payloads.
    static final int PAYLOAD_VERSION = 0x0104;

    static final int PAYLOAD_VERSION_BEFORE = 0x0103;

    /// The counters extension and its version.
    static final int COUNTERS = 4;

    static final int COUNTERS_VERSION = 0x0102;

    // Ids of the functions that this client calls.
    static final int PAYLOAD_SCHEMA_REGISTER = 0;
    static final int COUNTER_REGISTER = 0;
    static final int COUNTER_SAMPLE = 3;

    private static final int SLOTS = 63;
    private static final short NVTX_VERSION = 3;
    private static final int INFO_BYTES = 40;
    private static final VarHandle SLOT = JAVA_LONG.varHandle();

    // Slot values of an extension that is not loaded, or of a function that is switched off.
    private static final long DISABLED = 1;

    private final int version;
    private final MemorySegment slots;

    private ExtensionModule(int version, MemorySegment slots) {
        this.version = version;
        this.slots = slots;
    }

    /// Offers an extension to the tool.
    ///
    /// @param extensionInfo what the extension tells the tool, or NULL
    /// @param versions compatibility ids, the most wanted first
    /// @return empty if the tool takes none of them
    static Optional<ExtensionModule> offer(
            NvtxInjection tool, int module, MemorySegment extensionInfo, int... versions) {
        for (int version : versions) {
            MemorySegment slots = Arena.global().allocate(JAVA_LONG, SLOTS);
            if (tool.initializeExtension(moduleInfo(module, version, slots, extensionInfo)) != 0) {
                return Optional.of(new ExtensionModule(version, slots));
            }
        }
        return Optional.empty();
    }

    /// The compatibility id that the tool accepted.
    int version() {
        return version;
    }

    /// Address of the tool's function, 0 if it has none now.
    long function(int id) {
        long address = (long) SLOT.getOpaque(slots, 8L * id);
        return address == DISABLED ? 0 : address;
    }

    /// `nvtxExtModuleInfo_t` with its one segment. In memory that is never freed: a tool may keep the pointers.
    private static MemorySegment moduleInfo(int module, int version, MemorySegment slots, MemorySegment extensionInfo) {
        MemorySegment segment = Arena.global().allocate(24, 8);
        segment.set(JAVA_LONG, 8, SLOTS);
        segment.set(ADDRESS, 16, slots);
        MemorySegment info = Arena.global().allocate(INFO_BYTES, 8);
        info.set(JAVA_SHORT, 0, NVTX_VERSION);
        info.set(JAVA_SHORT, 2, (short) INFO_BYTES);
        info.set(JAVA_SHORT, 4, (short) module);
        info.set(JAVA_SHORT, 6, (short) version);
        info.set(JAVA_LONG, 8, 1);
        info.set(ADDRESS, 16, segment);
        info.set(ADDRESS, 32, extensionInfo);
        return info;
    }
}
