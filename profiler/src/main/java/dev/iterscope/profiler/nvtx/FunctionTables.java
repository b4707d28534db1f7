package dev.iterscope.profiler.nvtx;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;

/// The client's side of the injection protocol: one slot per NVTX function, which a tool fills with the address of its
/// own, and the export tables through which it finds the slots.
///
/// A tool may fill and clear slots at any time (CUPTI fills none until callbacks are enabled), so a slot is read anew
/// for every call.
final class FunctionTables {

    private static final int EXPORT_CALLBACKS = 1;
    private static final int EXPORT_VERSION_INFO = 3;
    private static final int NVTX_VERSION = 3;
    private static final VarHandle SLOT = JAVA_LONG.varHandle();

    // Both by the number of the module; entry 0 is unused.
    private final MemorySegment[] slots;
    private final MemorySegment[] pointers;
    private final MemorySegment core;
    private final MemorySegment core2;
    private final MemorySegment callbacksTable;
    private final MemorySegment versionTable;
    private final MemorySegment getExportTable;

    /// @param arena must live as long as the tool may call back: for a loaded library, for ever
    FunctionTables(Arena arena) {
        slots = new MemorySegment[FunctionModule.MAX_NUMBER + 1];
        pointers = new MemorySegment[FunctionModule.MAX_NUMBER + 1];
        for (FunctionModule module : FunctionModule.values()) {
            MemorySegment moduleSlots = arena.allocate(JAVA_LONG, module.size());
            slots[module.number()] = moduleSlots;
            pointers[module.number()] = pointersTo(moduleSlots, module.size(), arena);
        }
        core = slots[FunctionModule.CORE.number()];
        core2 = slots[FunctionModule.CORE2.number()];

        Linker linker = Linker.nativeLinker();
        callbacksTable = arena.allocate(16, 8);
        callbacksTable.set(JAVA_LONG, 0, 16);
        callbacksTable.set(
                ADDRESS,
                8,
                linker.upcallStub(
                        bound("moduleFunctionTable", MethodType.methodType(
                                int.class, int.class, MemorySegment.class, MemorySegment.class)),
                        FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS),
                        arena));
        versionTable = arena.allocate(24, 8);
        versionTable.set(JAVA_LONG, 0, 24);
        versionTable.set(JAVA_INT, 8, NVTX_VERSION);
        versionTable.set(
                ADDRESS,
                16,
                linker.upcallStub(
                        bound("toolVersion", MethodType.methodType(void.class, int.class)),
                        FunctionDescriptor.ofVoid(JAVA_INT),
                        arena));
        getExportTable = linker.upcallStub(
                bound("exportTable", MethodType.methodType(MemorySegment.class, int.class)),
                FunctionDescriptor.of(ADDRESS, JAVA_INT),
                arena);
    }

    /// The function that a tool's initialiser is given.
    MemorySegment getExportTable() {
        return getExportTable;
    }

    /// Address of the tool's function, 0 if it has none now.
    long core(int id) {
        return (long) SLOT.getOpaque(core, 8L * id);
    }

    /// Address of the tool's function, 0 if it has none now.
    long core2(int id) {
        return (long) SLOT.getOpaque(core2, 8L * id);
    }

    /// Forgets all functions: a tool whose initialiser failed must not be called.
    void clear() {
        for (FunctionModule module : FunctionModule.values()) {
            slots[module.number()].fill((byte) 0);
        }
    }

    /// Index 0 is null, each further entry points to the slot of its id, and one null more ends the table.
    private static MemorySegment pointersTo(MemorySegment slots, int size, Arena arena) {
        MemorySegment table = arena.allocate(ADDRESS, size + 1L);
        for (int id = 1; id < size; id++) {
            table.setAtIndex(ADDRESS, id, slots.asSlice(8L * id, 8));
        }
        return table;
    }

    private MethodHandle bound(String method, MethodType type) {
        try {
            return MethodHandles.lookup().bind(this, method, type);
        } catch (NoSuchMethodException | IllegalAccessException e) {
            throw new LinkageError("no method " + method, e);
        }
    }

    // The three methods below are called by the tool. Nothing may be thrown out of them: it would end the process.

    MemorySegment exportTable(int id) {
        return switch (id) {
            case EXPORT_CALLBACKS -> callbacksTable;
            case EXPORT_VERSION_INFO -> versionTable;
            default -> MemorySegment.NULL;
        };
    }

    int moduleFunctionTable(int number, MemorySegment outTable, MemorySegment outSize) {
        for (FunctionModule module : FunctionModule.values()) {
            if (module.number() == number) {
                if (outSize.address() != 0) {
                    outSize.reinterpret(4).set(JAVA_INT, 0, module.size());
                }
                if (outTable.address() != 0) {
                    outTable.reinterpret(8).set(ADDRESS, 0, pointers[module.number()]);
                }
                return 1;
            }
        }
        return 0;
    }

    void toolVersion(int version) {
        // The protocol wants a function here; the client has no use for the tool's version.
    }
}
