package dev.iterscope.engine.backend.cuda;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// What the backend has allocated, freed together.
final class DeviceMemory implements AutoCloseable {
    /// Allocations and arrays inside them start at multiples of this.
    static final int ALIGNMENT = 256;

    private final CudaDriver driver;
    private final List<Long> device = new ArrayList<>();
    private final List<MemorySegment> pinned = new ArrayList<>();

    DeviceMemory(CudaDriver driver) {
        this.driver = driver;
    }

    /// Device memory.
    long allocate(long bytes) {
        long address = driver.allocate(bytes);
        device.add(address);
        return address;
    }

    /// Page-locked host memory.
    MemorySegment allocatePinned(long bytes) {
        MemorySegment memory = driver.allocatePinned(bytes);
        pinned.add(memory);
        return memory;
    }

    /// Rounds up to the alignment.
    static long align(long bytes) {
        return Math.ceilDiv(bytes, (long) ALIGNMENT) * ALIGNMENT;
    }

    @Override
    public void close() {
        device.forEach(driver::free);
        pinned.forEach(driver::freePinned);
        device.clear();
        pinned.clear();
    }
}
