package dev.iterscope.profiler.nvtx;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/// Builds an ASCII text in reused native memory, so that a text per step makes no garbage. What does not fit is cut.
final class TextBuffer {

    private static final int CAPACITY = 512;

    private final MemorySegment bytes;
    private int length;

    TextBuffer(Arena arena) {
        bytes = arena.allocate(CAPACITY);
    }

    /// A constant piece of text, encoded once.
    static byte[] piece(String ascii) {
        return ascii.getBytes(StandardCharsets.US_ASCII);
    }

    TextBuffer clear() {
        length = 0;
        return this;
    }

    TextBuffer append(byte[] piece) {
        int count = Math.min(piece.length, CAPACITY - 1 - length);
        MemorySegment.copy(piece, 0, bytes, JAVA_BYTE, length, count);
        length += count;
        return this;
    }

    TextBuffer append(char ascii) {
        if (length < CAPACITY - 1) {
            bytes.set(JAVA_BYTE, length++, (byte) ascii);
        }
        return this;
    }

    /// A decimal number.
    TextBuffer append(long number) {
        long rest = number;
        if (rest < 0) {
            append('-');
        } else {
            rest = -rest;
        }
        // Digits of the negative number, since the least long has no positive counterpart.
        int digits = digits(rest);
        if (length + digits > CAPACITY - 1) {
            return this;
        }
        for (int at = length + digits - 1; at >= length; at--) {
            bytes.set(JAVA_BYTE, at, (byte) ('0' - rest % 10));
            rest /= 10;
        }
        length += digits;
        return this;
    }

    /// A share as a percentage with one decimal, half rounded up: 3500 of 68959 is `5.1%`. Nothing of nothing is 0.
    TextBuffer appendPercent(long part, long whole) {
        long permille = whole == 0 ? 0 : (2000 * part + whole) / (2 * whole);
        return append(permille / 10).append('.').append((char) ('0' + permille % 10)).append('%');
    }

    /// The text so far with its ending zero byte. Valid until the next change.
    MemorySegment zeroTerminated() {
        bytes.set(JAVA_BYTE, length, (byte) 0);
        return bytes;
    }

    private static int digits(long negative) {
        int digits = 1;
        for (long rest = negative / 10; rest != 0; rest /= 10) {
            digits++;
        }
        return digits;
    }
}
