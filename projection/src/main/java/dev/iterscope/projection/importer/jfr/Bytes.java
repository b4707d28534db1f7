package dev.iterscope.projection.importer.jfr;

import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// A place in a chunk of a `.jfr` file. Integers are LEB128 with at most nine bytes, of which the ninth holds eight bits; floating-point
/// numbers are big-endian and fixed.
///
/// Reading behind [#limit(int)] throws [IndexOutOfBoundsException], which decoders take as a damaged event.
final class Bytes {

    /// How a string stands in the file.
    private static final int NULL = 0;
    private static final int EMPTY = 1;
    private static final int POOLED = 2;
    private static final int UTF8 = 3;
    private static final int CHARS = 4;
    private static final int LATIN1 = 5;

    private final ByteBuffer buffer;
    private int at;
    private int limit;

    Bytes(ByteBuffer buffer) {
        this.buffer = buffer;
        this.limit = buffer.limit();
    }

    int at() {
        return at;
    }

    void at(int position) {
        at = position;
    }

    int size() {
        return buffer.limit();
    }

    /// Sets how far may be read.
    void limit(int end) {
        limit = Math.min(end, buffer.limit());
    }

    int remaining() {
        return limit - at;
    }

    byte octet() {
        check(1);
        return buffer.get(at++);
    }

    long integer() {
        long value = 0;
        for (int shift = 0; shift < 56; shift += 7) {
            check(1);
            byte b = buffer.get(at++);
            value |= (b & 0x7fL) << shift;
            if (b >= 0) {
                return value;
            }
        }
        check(1);
        return value | (buffer.get(at++) & 0xffL) << 56;
    }

    /// An integer of at most 32 bits. A negative one is written as if it were unsigned.
    int shortInteger() {
        return (int) integer();
    }

    /// A count of things that take at least one byte each: more of them than bytes left is damage.
    int count() {
        long value = integer();
        if (value < 0 || value > remaining()) {
            throw new IndexOutOfBoundsException("count " + value);
        }
        return (int) value;
    }

    float real32() {
        check(4);
        float value = buffer.getFloat(at);
        at += 4;
        return value;
    }

    double real64() {
        check(8);
        double value = buffer.getDouble(at);
        at += 8;
        return value;
    }

    void skip(int bytes) {
        check(bytes);
        at += bytes;
    }

    /// A string; one that is kept elsewhere is looked up in the pool.
    @Nullable String text(StringPool pool) {
        int encoding = octet();
        return switch (encoding) {
            case NULL -> null;
            case EMPTY -> "";
            case POOLED -> pool.get(integer());
            case UTF8 -> bytes(StandardCharsets.UTF_8);
            case LATIN1 -> bytes(StandardCharsets.ISO_8859_1);
            case CHARS -> chars();
            default -> throw new IndexOutOfBoundsException("string encoding " + encoding);
        };
    }

    /// Passes over a string.
    void skipText() {
        int encoding = octet();
        switch (encoding) {
            case NULL, EMPTY -> {}
            case POOLED -> integer();
            case UTF8, LATIN1 -> skip(count());
            case CHARS -> chars();
            default -> throw new IndexOutOfBoundsException("string encoding " + encoding);
        }
    }

    private String bytes(Charset charset) {
        byte[] bytes = new byte[count()];
        check(bytes.length);
        buffer.get(at, bytes);
        at += bytes.length;
        return new String(bytes, charset);
    }

    private String chars() {
        char[] chars = new char[count()];
        for (int i = 0; i < chars.length; i++) {
            chars[i] = (char) integer();
        }
        return new String(chars);
    }

    private void check(int bytes) {
        if (bytes > limit - at || bytes < 0) {
            throw new IndexOutOfBoundsException("at " + at);
        }
    }

    /// Strings that events refer to.
    interface StringPool {
        /// The string of a key, or null if it is not there.
        @Nullable String get(long key);
    }
}
