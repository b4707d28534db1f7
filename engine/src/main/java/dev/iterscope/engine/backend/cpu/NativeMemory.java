package dev.iterscope.engine.backend.cpu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.iterscope.engine.request.UserInputException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/// Memory outside the Java heap for weights and KV blocks, zero, and aligned to a huge page.
///
/// Taken from the C library's `calloc` and not from an arena: an arena writes zeros to all of it at once, while large pieces from
/// `calloc` are zero already, and backed by the system page by page when they are first used: by all threads, who pack the weights and claim
/// the KV blocks that a run will use ([KvStore#claim]).
/// Where the system has huge pages for those who ask, they are asked for; streams of weights then miss the TLB less.
final class NativeMemory implements AutoCloseable {
    private static final long HUGE_PAGE = 2L << 20;
    private static final int MADV_HUGEPAGE = 14;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle CALLOC = function("calloc", FunctionDescriptor.of(ADDRESS, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle FREE = function("free", FunctionDescriptor.ofVoid(ADDRESS));
    private static final Optional<MethodHandle> MADVISE = LINKER.defaultLookup()
            .find("madvise")
            .map(symbol -> LINKER.downcallHandle(symbol, FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT)));

    private final Arena arena = Arena.ofShared();

    private static MethodHandle function(String name, FunctionDescriptor type) {
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), type);
    }

    /// `bytes` zero bytes, freed when this is closed.
    ///
    /// @throws UserInputException (machine) when the system does not give them
    MemorySegment allocate(long bytes) {
        MemorySegment raw = calloc(Math.addExact(bytes, HUGE_PAGE));
        if (raw.address() == 0) {
            throw UserInputException.machine("the system does not give " + (bytes >> 20) + " MiB of memory; lower --memory");
        }
        long skip = Math.ceilDiv(raw.address(), HUGE_PAGE) * HUGE_PAGE - raw.address();
        MemorySegment aligned = raw.reinterpret(bytes + HUGE_PAGE, arena, NativeMemory::free).asSlice(skip, bytes);
        MADVISE.ifPresent(madvise -> adviseHugePages(madvise, aligned));
        return aligned;
    }

    /// Advice only: whether the system follows it changes nothing but speed.
    private static void adviseHugePages(MethodHandle madvise, MemorySegment segment) {
        try {
            int ignored = (int) madvise.invokeExact(segment, segment.byteSize(), MADV_HUGEPAGE);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static MemorySegment calloc(long bytes) {
        try {
            return (MemorySegment) CALLOC.invokeExact(bytes, 1L);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static void free(MemorySegment raw) {
        try {
            FREE.invokeExact(raw);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
