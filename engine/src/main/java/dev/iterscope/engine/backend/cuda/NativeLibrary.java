package dev.iterscope.engine.backend.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// A shared library that may or may not be on this machine. It stays loaded for the life of the JVM: drivers keep threads and
/// state that unloading would pull away.
///
/// @param name   what it was found as
/// @param symbols its symbols
record NativeLibrary(String name, SymbolLookup symbols) {

    /// The first library of `names` that loads.
    ///
    /// @param names   file names for the dynamic linker, in order of preference
    /// @param folders where else to look, after the linker's own search path
    static Optional<NativeLibrary> open(List<String> names, List<Path> folders) {
        for (String name : names) {
            Optional<NativeLibrary> library = load(name, name);
            if (library.isPresent()) {
                return library;
            }
            for (Path folder : folders) {
                Path file = folder.resolve(name);
                if (Files.isReadable(file)) {
                    library = load(name, file.toString());
                    if (library.isPresent()) {
                        return library;
                    }
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<NativeLibrary> load(String name, String nameOrPath) {
        try {
            SymbolLookup lookup = nameOrPath.indexOf('/') >= 0
                    ? SymbolLookup.libraryLookup(Path.of(nameOrPath), Arena.global())
                    : SymbolLookup.libraryLookup(nameOrPath, Arena.global());
            return Optional.of(new NativeLibrary(name, lookup));
        } catch (IllegalArgumentException notLoadable) {
            return Optional.empty();
        }
    }

    /// True when the library exports `symbol`.
    boolean has(String symbol) {
        return symbols.find(symbol).isPresent();
    }

    /// A function of the library.
    ///
    /// @throws MissingSymbolException when the library does not export it
    MethodHandle function(String symbol, FunctionDescriptor type) {
        MemorySegment address = symbols.find(symbol).orElseThrow(() -> new MissingSymbolException(name, symbol));
        return Linker.nativeLinker().downcallHandle(address, type);
    }

    /// The library is there, but older or newer than what we know.
    static final class MissingSymbolException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        MissingSymbolException(String library, String symbol) {
            super(library + " has no " + symbol);
        }
    }
}
