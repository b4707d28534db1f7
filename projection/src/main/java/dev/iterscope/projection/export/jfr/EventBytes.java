package dev.iterscope.projection.export.jfr;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// A growing piece of a chunk. Integers are LEB128 with at most nine bytes, of which the ninth holds eight bits; floating-point numbers are
/// big-endian.
final class EventBytes {

    private static final byte EMPTY = 1;
    private static final byte POOLED = 2;
    private static final byte UTF8 = 3;

    private byte[] bytes = new byte[1 << 12];
    private int length;

    byte[] array() {
        return bytes;
    }

    int length() {
        return length;
    }

    void clear() {
        length = 0;
    }

    void octet(int value) {
        ensure(1);
        bytes[length++] = (byte) value;
    }

    void integer(long value) {
        ensure(9);
        long rest = value;
        for (int i = 0; i < 8; i++) {
            if ((rest & ~0x7fL) == 0) {
                bytes[length++] = (byte) rest;
                return;
            }
            bytes[length++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[length++] = (byte) rest;
    }

    /// How many bytes [#integer(long)] takes.
    static int lengthOf(long value) {
        int bits = Long.SIZE - Long.numberOfLeadingZeros(value | 1);
        return Math.min(9, (bits + 6) / 7);
    }

    /// An `int`: a negative one is written as if it were unsigned, in five bytes instead of nine.
    void shortInteger(int value) {
        integer(value & 0xffff_ffffL);
    }

    void real32(float value) {
        int bits = Float.floatToRawIntBits(value);
        ensure(4);
        for (int shift = 24; shift >= 0; shift -= 8) {
            bytes[length++] = (byte) (bits >> shift);
        }
    }

    void real64(double value) {
        fixed(Double.doubleToRawLongBits(value));
    }

    /// Eight bytes, as the header has them.
    void fixed(long value) {
        ensure(8);
        for (int shift = 56; shift >= 0; shift -= 8) {
            bytes[length++] = (byte) (value >> shift);
        }
    }

    /// A string that stands where it is used.
    void text(String value) {
        if (value.isEmpty()) {
            octet(EMPTY);
            return;
        }
        byte[] encoded = value.getBytes(StandardCharsets.UTF_8);
        octet(UTF8);
        integer(encoded.length);
        append(encoded, encoded.length);
    }

    /// A string that stands in the constant pool.
    void pooled(long key) {
        octet(POOLED);
        integer(key);
    }

    void append(EventBytes other) {
        append(other.bytes, other.length);
    }

    private void append(byte[] other, int count) {
        ensure(count);
        System.arraycopy(other, 0, bytes, length, count);
        length += count;
    }

    private void ensure(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }
}
