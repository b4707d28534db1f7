package dev.iterscope.profiler.nvtx;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// The shapes of the NVTX functions that this client calls, each with the address of the tool's function as first
/// argument. Ordinary calls, not "critical" ones: a tool takes locks and writes files, and a critical call would keep
/// the JVM from reaching a safepoint meanwhile.
final class Downcalls {

    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle INT_OF_VOID = LINKER.downcallHandle(FunctionDescriptor.of(JAVA_INT));
    private static final MethodHandle INT_OF_POINTER = LINKER.downcallHandle(FunctionDescriptor.of(JAVA_INT, ADDRESS));
    private static final MethodHandle INT_OF_POINTERS =
            LINKER.downcallHandle(FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
    private static final MethodHandle LONG_OF_POINTER =
            LINKER.downcallHandle(FunctionDescriptor.of(JAVA_LONG, ADDRESS));
    private static final MethodHandle LONG_OF_POINTERS =
            LINKER.downcallHandle(FunctionDescriptor.of(JAVA_LONG, ADDRESS, ADDRESS));
    private static final MethodHandle VOID_OF_LONG = LINKER.downcallHandle(FunctionDescriptor.ofVoid(JAVA_LONG));
    private static final MethodHandle VOID_OF_POINTER_LONG =
            LINKER.downcallHandle(FunctionDescriptor.ofVoid(ADDRESS, JAVA_LONG));
    private static final MethodHandle VOID_OF_POINTERS =
            LINKER.downcallHandle(FunctionDescriptor.ofVoid(ADDRESS, ADDRESS));
    private static final MethodHandle VOID_OF_POINTER_INT_POINTER =
            LINKER.downcallHandle(FunctionDescriptor.ofVoid(ADDRESS, JAVA_INT, ADDRESS));

    private static final MethodHandle VOID_OF_POINTER_LONG_POINTER_LONG =
            LINKER.downcallHandle(FunctionDescriptor.ofVoid(ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG));

    private Downcalls() {}

    /// `int f(void)`: RangePop.
    static int intOf(long function) {
        try {
            return (int) INT_OF_VOID.invokeExact(MemorySegment.ofAddress(function));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /// `int f(const T*)`: RangePushEx, DomainRangePop.
    static int intOf(long function, MemorySegment pointer) {
        try {
            return (int) INT_OF_POINTER.invokeExact(MemorySegment.ofAddress(function), pointer);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /// `int f(domain, const T*)`: DomainRangePushEx.
    static int intOf(long function, MemorySegment domain, MemorySegment pointer) {
        try {
            return (int) INT_OF_POINTERS.invokeExact(MemorySegment.ofAddress(function), domain, pointer);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /// `uint64_t f(const T*)` and functions that return a handle: RangeStartEx, DomainCreateA.
    static long longOf(long function, MemorySegment pointer) {
        try {
            return (long) LONG_OF_POINTER.invokeExact(MemorySegment.ofAddress(function), pointer);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /// `uint64_t f(domain, const T*)`: DomainRangeStartEx, DomainRegisterStringA, PayloadSchemaRegister.
    static long longOf(long function, MemorySegment domain, MemorySegment pointer) {
        try {
            return (long) LONG_OF_POINTERS.invokeExact(MemorySegment.ofAddress(function), domain, pointer);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /// `void f(uint64_t)`: RangeEnd.
    static void voidOf(long function, long value) {
        try {
            VOID_OF_LONG.invokeExact(MemorySegment.ofAddress(function), value);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /// `void f(domain, uint64_t)`: DomainRangeEnd.
    static void voidOf(long function, MemorySegment domain, long value) {
        try {
            VOID_OF_POINTER_LONG.invokeExact(MemorySegment.ofAddress(function), domain, value);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /// `void f(domain, const T*)`: DomainMarkEx.
    static void voidOf(long function, MemorySegment domain, MemorySegment pointer) {
        try {
            VOID_OF_POINTERS.invokeExact(MemorySegment.ofAddress(function), domain, pointer);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /// `void f(domain, uint32_t, const char*)`: DomainNameCategoryA.
    static void voidOf(long function, MemorySegment domain, int number, MemorySegment text) {
        try {
            VOID_OF_POINTER_INT_POINTER.invokeExact(MemorySegment.ofAddress(function), domain, number, text);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /// `void f(domain, uint64_t, const void*, size_t)`: CounterSample.
    static void voidOf(long function, MemorySegment domain, long number, MemorySegment values, long bytes) {
        try {
            VOID_OF_POINTER_LONG_POINTER_LONG.invokeExact(
                    MemorySegment.ofAddress(function), domain, number, values, bytes);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /// A downcall itself throws nothing checked: what arrives here is an error of the JVM or of this class.
    static RuntimeException unexpected(Throwable e) {
        if (e instanceof Error error) {
            throw error;
        }
        return e instanceof RuntimeException runtime ? runtime : new IllegalStateException(e);
    }
}
