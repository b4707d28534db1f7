package dev.iterscope.engine.backend.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/// A shared library that may or may not be on this machine. It stays loaded for the life of the JVM: drivers keep threads and
/// state that unloading would pull away.
final class NativeLibrary {
    private final String name;
    private final SymbolLookup symbols;
    private final Map<Signature, MethodHandle> handles = new ConcurrentHashMap<>();

    private record Signature(String function, List<MemoryLayout> arguments) {}

    private NativeLibrary(String name, SymbolLookup symbols) {
        this.name = name;
        this.symbols = symbols;
    }

    /// The first library of `names` that loads.
    ///
    /// @param names   file names for the dynamic linker, in order of preference
    /// @param folders where else to look, after the linker's own search path
    static Optional<NativeLibrary> open(List<String> names, List<Path> folders) {
        return candidates(names, folders).findFirst();
    }

    /// The libraries of `names` that load, each loaded only when the stream gets to it.
    static Stream<NativeLibrary> candidates(List<String> names, List<Path> folders) {
        return names.stream().flatMap(name -> find(name, folders).stream());
    }

    private static Optional<NativeLibrary> find(String name, List<Path> folders) {
        return Stream.concat(
                Stream.of(name), folders.stream().map(folder -> folder.resolve(name)).filter(Files::isReadable).map(Path::toString))
                .flatMap(nameOrPath -> load(name, nameOrPath).stream())
                .findFirst();
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

    /// What it was found as.
    String name() {
        return name;
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

    /// Calls a function that returns an `int` status; the arguments are ints, longs and addresses, and tell its type.
    ///
    /// @throws MissingSymbolException when the library does not export it
    int call(String function, Object... arguments) {
        List<MemoryLayout> layouts = Arrays.stream(arguments).map(NativeLibrary::layout).toList();
        MethodHandle handle = handles.computeIfAbsent(
                new Signature(function, layouts),
                s -> function(s.function, FunctionDescriptor.of(JAVA_INT, layouts.toArray(MemoryLayout[]::new))));
        return status(handle, arguments);
    }

    private static MemoryLayout layout(Object argument) {
        return switch (argument) {
            case MemorySegment segment -> ADDRESS;
            case Integer number -> JAVA_INT;
            case Long number -> JAVA_LONG;
            default -> throw new IllegalArgumentException("no native type for " + argument.getClass());
        };
    }

    /// Calls a native function that returns an `int` status, without the checked `Throwable` of method handles.
    static int status(MethodHandle function, Object... arguments) {
        try {
            return (int) function.invokeWithArguments(arguments);
        } catch (Throwable e) {
            throw failure(e);
        }
    }

    /// What a method handle threw, as an unchecked exception. A native call throws nothing itself; this is a mismatch of types, or
    /// came from a call-back.
    static RuntimeException failure(Throwable thrown) {
        if (thrown instanceof RuntimeException exception) {
            return exception;
        }
        if (thrown instanceof Error error) {
            throw error;
        }
        return new IllegalStateException(thrown);
    }

    /// The library is there, but older or newer than what we know.
    static final class MissingSymbolException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        MissingSymbolException(String library, String symbol) {
            super(library + " has no " + symbol);
        }
    }
}
