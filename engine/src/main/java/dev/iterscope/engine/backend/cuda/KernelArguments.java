package dev.iterscope.engine.backend.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// The arguments of one launch, in the form of cuLaunchKernel: an array of addresses, each of an argument. Used again for every
/// launch, since the driver reads them before it returns.
final class KernelArguments {
    private static final int MOST = 16;
    private static final int SLOT_BYTES = 8;

    private final MemorySegment pointers;
    private final MemorySegment slots;
    private int count;

    KernelArguments(Arena arena) {
        pointers = arena.allocate(ADDRESS, MOST);
        slots = arena.allocate((long) MOST * SLOT_BYTES, SLOT_BYTES);
        for (int i = 0; i < MOST; i++) {
            pointers.setAtIndex(ADDRESS, i, slots.asSlice((long) i * SLOT_BYTES));
        }
    }

    /// Starts over.
    KernelArguments clear() {
        count = 0;
        return this;
    }

    /// A device address, 0 for null.
    KernelArguments address(long address) {
        slots.set(JAVA_LONG, next(), address);
        return this;
    }

    /// An `int`.
    KernelArguments number(int value) {
        slots.set(JAVA_INT, next(), value);
        return this;
    }

    /// A `float`.
    KernelArguments real(float value) {
        slots.set(JAVA_FLOAT, next(), value);
        return this;
    }

    /// The array of addresses.
    MemorySegment pointers() {
        return pointers;
    }

    private long next() {
        return (long) SLOT_BYTES * count++;
    }
}
