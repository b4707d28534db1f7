package dev.iterscope.profiler.nvtx;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Objects;

/// The table that the payload extension hands to a tool: size and alignment of each C type on this platform, in the
/// order of `NVTX_PAYLOAD_ENTRY_TYPE_*`, behind one entry with the table's own length.
final class CTypes {

    private static final int ENTRIES = 28;
    private static final int ENTRY_BYTES = 4;

    private CTypes() {}

    static MemorySegment table(Arena arena) {
        Map<String, MemoryLayout> layouts = Linker.nativeLinker().canonicalLayouts();
        int longBytes = bytes(layouts, "long");
        int wideCharBytes = bytes(layouts, "wchar_t");
        // The foreign linker has no long double; where long has 8 bytes it has 16, on Windows it is a double.
        int longDoubleBytes = longBytes == 8 ? 16 : 8;
        int[] sizes = {
            ENTRIES, 1, 1, 2, 2, 4, 4, longBytes, longBytes, 8, 8, 1, 1, 2, 2, 4, 4, 8, 8, 4, 8, longDoubleBytes, 8, 8,
            wideCharBytes, 1, 2, 4
        };
        MemorySegment table = arena.allocate((long) ENTRIES * ENTRY_BYTES, 2);
        for (int type = 0; type < ENTRIES; type++) {
            table.setAtIndex(JAVA_SHORT, 2L * type, (short) sizes[type]);
            table.setAtIndex(JAVA_SHORT, 2L * type + 1, (short) (type == 0 ? ENTRY_BYTES : sizes[type]));
        }
        return table;
    }

    private static int bytes(Map<String, MemoryLayout> layouts, String type) {
        return (int) Objects.requireNonNull(layouts.get(type)).byteSize();
    }
}
