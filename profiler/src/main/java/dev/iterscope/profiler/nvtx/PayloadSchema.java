package dev.iterscope.profiler.nvtx;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// The layout of a binary payload, as the payload extension describes it to a tool.
///
/// @param name name of the layout
/// @param bytes size of the payload
/// @param flags `NVTX_PAYLOAD_SCHEMA_FLAG_*`
/// @param fields its parts
record PayloadSchema(String name, long bytes, long flags, List<Field> fields) {

    static final long FLAG_NONE = 0;
    static final long FLAG_COUNTER_GROUP = 1 << 3;

    private static final int ENTRY_BYTES = 64;
    private static final int ATTRIBUTE_BYTES = 80;
    private static final long STATIC = 1;

    // NAME, TYPE, FLAGS, ENTRIES, NUM_ENTRIES and STATIC_SIZE are set.
    private static final long FIELD_MASK = 0b111_1110;

    /// One part of a payload.
    ///
    /// @param type `NVTX_PAYLOAD_ENTRY_TYPE_*`
    /// @param offset bytes from the payload's begin
    record Field(String name, String description, Type type, long offset) {}

    /// The types used here.
    enum Type {
        INT32(15),
        UINT64(18),
        DOUBLE(20);

        private final long number;

        Type(long number) {
            this.number = number;
        }
    }

    /// The `nvtxPayloadSchemaAttr_t` of this layout.
    MemorySegment attributes(Arena arena) {
        MemorySegment entries = arena.allocate((long) ENTRY_BYTES * fields.size(), 8);
        for (int i = 0; i < fields.size(); i++) {
            Field field = fields.get(i);
            MemorySegment entry = entries.asSlice((long) ENTRY_BYTES * i, ENTRY_BYTES);
            entry.set(JAVA_LONG, 8, field.type.number);
            entry.set(ADDRESS, 16, arena.allocateFrom(field.name));
            entry.set(ADDRESS, 24, arena.allocateFrom(field.description));
            entry.set(JAVA_LONG, 40, field.offset);
        }
        MemorySegment attributes = arena.allocate(ATTRIBUTE_BYTES, 8);
        attributes.set(JAVA_LONG, 0, FIELD_MASK);
        attributes.set(ADDRESS, 8, arena.allocateFrom(name));
        attributes.set(JAVA_LONG, 16, STATIC);
        attributes.set(JAVA_LONG, 24, flags);
        attributes.set(ADDRESS, 32, entries);
        attributes.set(JAVA_LONG, 40, fields.size());
        attributes.set(JAVA_LONG, 48, bytes);
        return attributes;
    }
}
