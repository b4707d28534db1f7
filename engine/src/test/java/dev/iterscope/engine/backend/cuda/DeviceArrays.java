package dev.iterscope.engine.backend.cuda;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;

/// Arrays in the emulated device's memory, and their values as doubles.
final class DeviceArrays {
    private final HostDriver driver;

    DeviceArrays(HostDriver driver) {
        this.driver = driver;
    }

    long floats(float[] values) {
        long address = driver.allocate(4L * values.length);
        MemorySegment.copy(values, 0, driver.read(address, 4L * values.length), JAVA_FLOAT, 0, values.length);
        return address;
    }

    long ints(int[] values) {
        long address = driver.allocate(4L * values.length);
        MemorySegment.copy(values, 0, driver.read(address, 4L * values.length), JAVA_INT, 0, values.length);
        return address;
    }

    /// Stores values that are exact in bf16 (see [#roundAll]).
    long bf16(float[] values) {
        long address = driver.allocate(2L * values.length);
        MemorySegment target = driver.read(address, 2L * values.length);
        for (int i = 0; i < values.length; i++) {
            target.setAtIndex(JAVA_SHORT, i, (short) (Float.floatToRawIntBits(values[i]) >>> 16));
        }
        return address;
    }

    float[] readFloats(long address, int count) {
        return driver.read(address, 4L * count).toArray(JAVA_FLOAT);
    }

    int[] readInts(long address, int count) {
        return driver.read(address, 4L * count).toArray(JAVA_INT);
    }

    float[] readBf16(long address, int count) {
        short[] bits = driver.read(address, 2L * count).toArray(JAVA_SHORT);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = Float.intBitsToFloat(bits[i] << 16);
        }
        return values;
    }

    /// Rounds to the nearest bf16 value, ties to even.
    static float round(float value) {
        int bits = Float.floatToRawIntBits(value);
        return Float.intBitsToFloat((bits + 0x7fff + ((bits >>> 16) & 1)) & 0xffff0000);
    }

    static float[] roundAll(float[] values) {
        float[] rounded = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            rounded[i] = round(values[i]);
        }
        return rounded;
    }
}
