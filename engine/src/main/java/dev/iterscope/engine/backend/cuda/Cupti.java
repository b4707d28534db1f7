package dev.iterscope.engine.backend.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.iterscope.engine.backend.cuda.NativeLibrary.MissingSymbolException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/// NVIDIA's profiling library, as far as timing kernels needs it: activity records of kernels, and of the numbers that the launching
/// thread attached to them. The library hands them over in buffers, on a thread of its own.
///
/// Only one tool of a process can use the library: under nsys it refuses, and kernels are timed with events instead.
final class Cupti implements AutoCloseable {
    // CUpti_ActivityKind and CUpti_ExternalCorrelationKind of cupti_activity.h.
    private static final int KIND_DRIVER = 4;
    private static final int KIND_RUNTIME = 5;
    private static final int KIND_CONCURRENT_KERNEL = 10;
    private static final int KIND_EXTERNAL_CORRELATION = 39;
    private static final int KIND_INTERNAL_LAUNCH = 48;
    private static final int EXTERNAL_KIND_CUSTOM = 3;
    /// Numbers are attached to records of calls only, so calls must be recorded too: our launches are the driver's, those of cuBLASLt
    /// may be the runtime's (it has the runtime linked in) or internal ones, by version.
    private static final int[] KINDS = {KIND_DRIVER, KIND_RUNTIME, KIND_EXTERNAL_CORRELATION, KIND_CONCURRENT_KERNEL};
    private static final int[] KINDS_IF_KNOWN = {KIND_INTERNAL_LAUNCH};

    // Offsets in the record of a kernel, the same from CUpti_ActivityKernel4 to ...Kernel10.
    private static final long KERNEL_START = 16;
    private static final long KERNEL_END = 24;
    private static final long KERNEL_STREAM = 48;
    private static final long KERNEL_CORRELATION = 92;
    private static final long KERNEL_BYTES = 96;
    // Offsets in CUpti_ActivityExternalCorrelation.
    private static final long EXTERNAL_ID = 8;
    private static final long EXTERNAL_CORRELATION = 16;
    private static final long EXTERNAL_BYTES = 24;

    /// Small, since a buffer comes back only when all records in it are complete, and with two steps in flight one that is not full
    /// hardly ever is: this holds the kernels of a few small steps, or of a part of a large one.
    private static final long BUFFER_BYTES = 32 << 10;
    /// Records must start at multiples of 8; CUPTI also asks it of buffers.
    private static final long BUFFER_ALIGNMENT = 8;

    private final String name;
    private final Arena arena = Arena.ofShared();
    private final Queue<Activity> records = new ConcurrentLinkedQueue<>();
    private final Queue<MemorySegment> spareBuffers = new ConcurrentLinkedQueue<>();
    private final MethodHandle nextRecord;
    private final MethodHandle enable;
    private final MethodHandle disable;
    private final MethodHandle flush;
    private final MethodHandle timestamp;
    private final MethodHandle pushId;
    private final MethodHandle popId;

    /// What a buffer held.
    sealed interface Activity {}

    /// A kernel ran.
    ///
    /// @param correlation number of its launch
    /// @param startNanos  start on CUPTI's clock
    /// @param endNanos    end on CUPTI's clock
    /// @param stream      the driver's number of the stream
    record Kernel(int correlation, long startNanos, long endNanos, int stream) implements Activity {}

    /// A launch was made while a number of ours was attached to the thread.
    ///
    /// @param correlation number of the launch
    /// @param id          our number
    record Attached(int correlation, long id) implements Activity {}

    private Cupti(NativeLibrary library) {
        name = library.name();
        nextRecord = library.function("cuptiActivityGetNextRecord", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, ADDRESS));
        enable = library.function("cuptiActivityEnable", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
        disable = library.function("cuptiActivityDisable", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
        flush = library.function("cuptiActivityFlushAll", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
        timestamp = library.function("cuptiGetTimestamp", FunctionDescriptor.of(JAVA_INT, ADDRESS));
        pushId = library.function("cuptiActivityPushExternalCorrelationId", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG));
        popId = library.function("cuptiActivityPopExternalCorrelationId", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS));
    }

    /// Takes the library into use; empty where another tool has it, or where it is not what we know.
    static Optional<Cupti> open(NativeLibrary library) {
        Cupti cupti;
        try {
            cupti = new Cupti(library);
        } catch (MissingSymbolException unknown) {
            return Optional.empty();
        }
        if (cupti.register(library) && cupti.setEnabled(true) && cupti.setEnabled(false)) {
            return Optional.of(cupti);
        }
        cupti.setEnabled(false);
        return Optional.empty(); // its memory stays: the library may still know the call-backs
    }

    private boolean register(NativeLibrary library) {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            MethodHandle requested = lookup.bind(
                    this,
                    "bufferRequested",
                    MethodType.methodType(void.class, MemorySegment.class, MemorySegment.class, MemorySegment.class));
            MethodHandle completed = lookup.bind(
                    this,
                    "bufferCompleted",
                    MethodType.methodType(void.class, MemorySegment.class, int.class, MemorySegment.class, long.class, long.class));
            Linker linker = Linker.nativeLinker();
            MethodHandle registerCallbacks =
                    library.function("cuptiActivityRegisterCallbacks", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
            return NativeLibrary.status(
                    registerCallbacks,
                    linker.upcallStub(requested, FunctionDescriptor.ofVoid(ADDRESS, ADDRESS, ADDRESS), arena),
                    linker.upcallStub(
                            completed, FunctionDescriptor.ofVoid(ADDRESS, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG), arena)) == 0;
        } catch (NoSuchMethodException | IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Called by CUPTI: wants an empty buffer.
    void bufferRequested(MemorySegment buffer, MemorySegment size, MemorySegment maxRecords) {
        MemorySegment spare = spareBuffers.poll();
        MemorySegment given = spare != null ? spare : arena.allocate(BUFFER_BYTES, BUFFER_ALIGNMENT);
        buffer.reinterpret(ADDRESS.byteSize()).set(ADDRESS, 0, given);
        size.reinterpret(Long.BYTES).set(JAVA_LONG, 0, BUFFER_BYTES);
        maxRecords.reinterpret(Long.BYTES).set(JAVA_LONG, 0, 0L); // as many as fit
    }

    /// Called by CUPTI: returns a buffer with `validBytes` of records.
    void bufferCompleted(MemorySegment context, int stream, MemorySegment buffer, long bytes, long validBytes) {
        MemorySegment returned = buffer.reinterpret(BUFFER_BYTES);
        try (Arena local = Arena.ofConfined()) {
            MemorySegment next = local.allocate(ADDRESS);
            while (validBytes > 0 && NativeLibrary.status(nextRecord, returned, validBytes, next) == 0) {
                take(next.get(ADDRESS, 0));
            }
        }
        spareBuffers.add(returned);
    }

    private void take(MemorySegment address) {
        switch (address.reinterpret(Integer.BYTES).get(JAVA_INT, 0)) {
            case KIND_CONCURRENT_KERNEL -> {
                MemorySegment kernel = address.reinterpret(KERNEL_BYTES);
                long end = kernel.get(JAVA_LONG_UNALIGNED, KERNEL_END);
                if (end != 0) { // 0: the library could not tell
                    records.add(new Kernel(
                            kernel.get(JAVA_INT, KERNEL_CORRELATION),
                            kernel.get(JAVA_LONG_UNALIGNED, KERNEL_START),
                            end,
                            kernel.get(JAVA_INT, KERNEL_STREAM)));
                }
            }
            case KIND_EXTERNAL_CORRELATION -> {
                MemorySegment external = address.reinterpret(EXTERNAL_BYTES);
                records.add(new Attached(
                        external.get(JAVA_INT, EXTERNAL_CORRELATION), external.get(JAVA_LONG_UNALIGNED, EXTERNAL_ID)));
            }
            default -> {
                // other records come along with those that were asked for
            }
        }
    }

    /// Turns recording on or off. False when the library refuses.
    boolean setEnabled(boolean enabled) {
        MethodHandle function = enabled ? enable : disable;
        boolean done = true;
        for (int kind : KINDS) {
            done &= NativeLibrary.status(function, kind) == 0;
        }
        for (int kind : KINDS_IF_KNOWN) {
            NativeLibrary.status(function, kind);
        }
        return done;
    }

    /// File name of the library.
    String name() {
        return name;
    }

    /// Attaches a number to the launches that this thread makes until [#detach].
    void attach(long id) {
        NativeLibrary.status(pushId, EXTERNAL_KIND_CUSTOM, id);
    }

    /// Takes the number off.
    void detach() {
        NativeLibrary.status(popId, EXTERNAL_KIND_CUSTOM, MemorySegment.NULL);
    }

    /// CUPTI's clock, nanoseconds.
    long clockNanos() {
        try (Arena local = Arena.ofConfined()) {
            MemorySegment value = local.allocate(JAVA_LONG);
            NativeLibrary.status(timestamp, value);
            return value.get(JAVA_LONG, 0);
        }
    }

    /// Hands over what the library has recorded of work that is done, in no order.
    Queue<Activity> flush() {
        NativeLibrary.status(flush, 0);
        return records;
    }

    /// Stops recording. The call-backs stay valid: the library cannot be told to forget them.
    @Override
    public void close() {
        setEnabled(false);
        NativeLibrary.status(flush, 1);
    }
}
