package dev.iterscope.profiler.nvtx;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// One reused `nvtxEventAttributes_t` (version 3, 48 bytes): message, colour, category and payload of an event.
final class EventAttributes {

    private static final int SIZE = 48;
    private static final short VERSION = 3;
    private static final int CATEGORY = 4;
    private static final int COLOR_TYPE = 8;
    private static final int COLOR = 12;
    private static final int PAYLOAD_TYPE = 16;
    private static final int RESERVED = 20;
    private static final int PAYLOAD = 24;
    private static final int MESSAGE_TYPE = 32;
    private static final int MESSAGE = 40;
    private static final int COLOR_ARGB = 1;
    private static final int PAYLOAD_UNSIGNED_LONG = 1;
    private static final int PAYLOAD_EXTENSION = 0xDFBD0009;
    private static final int MESSAGE_ASCII = 1;
    private static final int MESSAGE_REGISTERED = 3;

    private final MemorySegment struct;

    EventAttributes(Arena arena) {
        struct = arena.allocate(SIZE, 8);
        struct.set(JAVA_SHORT, 0, VERSION);
        struct.set(JAVA_SHORT, 2, (short) SIZE);
        struct.set(JAVA_INT, COLOR_TYPE, COLOR_ARGB);
        struct.set(JAVA_INT, PAYLOAD_TYPE, PAYLOAD_UNSIGNED_LONG);
    }

    MemorySegment struct() {
        return struct;
    }

    /// Text that ends with a zero byte and is copied by the tool during the call. Tools read it as UTF-8.
    EventAttributes text(MemorySegment zeroTerminated) {
        struct.set(JAVA_INT, MESSAGE_TYPE, MESSAGE_ASCII);
        struct.set(ADDRESS, MESSAGE, zeroTerminated);
        return this;
    }

    /// A constant name: its handle where the tool registers strings, else its text.
    EventAttributes name(ConstantName name) {
        if (name.handle() == 0) {
            return text(name.text());
        }
        struct.set(JAVA_INT, MESSAGE_TYPE, MESSAGE_REGISTERED);
        struct.set(JAVA_LONG, MESSAGE, name.handle());
        return this;
    }

    EventAttributes category(int category, int argb) {
        struct.set(JAVA_INT, CATEGORY, category);
        struct.set(JAVA_INT, COLOR, argb);
        return this;
    }

    /// An unsigned number as payload.
    EventAttributes payload(long number) {
        struct.set(JAVA_INT, PAYLOAD_TYPE, PAYLOAD_UNSIGNED_LONG);
        struct.set(JAVA_INT, RESERVED, 0);
        struct.set(JAVA_LONG, PAYLOAD, number);
        return this;
    }

    /// One structured payload: an `nvtxPayloadData_t` of the payload extension.
    EventAttributes payload(MemorySegment payloadData) {
        struct.set(JAVA_INT, PAYLOAD_TYPE, PAYLOAD_EXTENSION);
        struct.set(JAVA_INT, RESERVED, 1);
        struct.set(ADDRESS, PAYLOAD, payloadData);
        return this;
    }
}
