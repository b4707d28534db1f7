package dev.iterscope.profiler.nvtx;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Optional;

/// A tool's library, loaded for the life of the process.
final class InjectionLibrary implements NvtxInjection {

    private final Path path;
    private final MethodHandle initialize;
    private final Optional<MethodHandle> initializeExtension;

    /// @throws IllegalArgumentException if the library cannot be loaded or is not an NVTX tool
    InjectionLibrary(Path path) {
        this.path = path;
        Linker linker = Linker.nativeLinker();
        SymbolLookup symbols = SymbolLookup.libraryLookup(path, Arena.global());
        FunctionDescriptor entry = FunctionDescriptor.of(JAVA_INT, ADDRESS);
        initialize = symbols.find("InitializeInjectionNvtx2")
                .map(symbol -> linker.downcallHandle(symbol, entry))
                .orElseThrow(() -> new IllegalArgumentException(
                        "it does not export InitializeInjectionNvtx2, so it is no NVTX 3 tool"));
        initializeExtension = symbols.find("InitializeInjectionNvtxExtension")
                .map(symbol -> linker.downcallHandle(symbol, entry));
    }

    @Override
    public int initialize(MemorySegment getExportTable) {
        return call(initialize, getExportTable);
    }

    @Override
    public int initializeExtension(MemorySegment moduleInfo) {
        return initializeExtension.map(handle -> call(handle, moduleInfo)).orElse(0);
    }

    @Override
    public String description() {
        return path.toString();
    }

    private static int call(MethodHandle handle, MemorySegment argument) {
        try {
            return (int) handle.invokeExact(argument);
        } catch (Throwable e) {
            throw Downcalls.unexpected(e);
        }
    }
}
