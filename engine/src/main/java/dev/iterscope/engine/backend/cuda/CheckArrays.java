package dev.iterscope.engine.backend.cuda;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;

/// Arrays on a device for a self-test: random values go up, results come down. Every call waits for the device.
final class CheckArrays implements AutoCloseable {
    private final CudaDriver driver;
    private final DeviceMemory memory;
    private final long stream;
    private final long done;
    private final SplittableRandom random;

    CheckArrays(CudaDriver driver, long stream, long seed) {
        this.driver = driver;
        this.stream = stream;
        memory = new DeviceMemory(driver);
        done = driver.createEvent();
        random = new SplittableRandom(seed);
    }

    SplittableRandom random() {
        return random;
    }

    /// Between −1 and 1, exact in bf16.
    float[] values(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = Bf16.widen(Bf16.round((float) random.nextDouble(-1, 1)));
        }
        return values;
    }

    long space(long bytes) {
        long address = memory.allocate(bytes);
        driver.clear(address, bytes, stream);
        return address;
    }

    long floats(float[] values) {
        MemorySegment host = memory.allocatePinned(4L * values.length);
        MemorySegment.copy(values, 0, host, JAVA_FLOAT, 0, values.length);
        return up(host, 4L * values.length);
    }

    long ints(int[] values) {
        MemorySegment host = memory.allocatePinned(4L * values.length);
        MemorySegment.copy(values, 0, host, JAVA_INT, 0, values.length);
        return up(host, 4L * values.length);
    }

    /// Values that are exact in bf16.
    long bf16(float[] values) {
        MemorySegment host = memory.allocatePinned(2L * values.length);
        for (int i = 0; i < values.length; i++) {
            host.setAtIndex(JAVA_SHORT, i, Bf16.round(values[i]));
        }
        return up(host, 2L * values.length);
    }

    long step(StepUpload step, ModelShape shape) {
        MemorySegment host = memory.allocatePinned(4L * StepUpload.maxInts(shape));
        return up(host, step.write(host));
    }

    private long up(MemorySegment host, long bytes) {
        long address = memory.allocate(bytes);
        driver.copyToDevice(address, host, bytes, stream);
        return address;
    }

    float[] readFloats(long address, int count) {
        return down(address, 4L * count).toArray(JAVA_FLOAT);
    }

    int[] readInts(long address, int count) {
        return down(address, 4L * count).toArray(JAVA_INT);
    }

    float[] readBf16(long address, int count) {
        short[] bits = down(address, 2L * count).toArray(JAVA_SHORT);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = Bf16.widen(bits[i]);
        }
        return values;
    }

    private MemorySegment down(long address, long bytes) {
        MemorySegment host = memory.allocatePinned(bytes);
        driver.copyToHost(host, address, bytes, stream);
        driver.record(done, stream);
        driver.synchronize(done);
        return host.asSlice(0, bytes);
    }

    @Override
    public void close() {
        driver.destroyEvent(done);
        memory.close();
    }
}
