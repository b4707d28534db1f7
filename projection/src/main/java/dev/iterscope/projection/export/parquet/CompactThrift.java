package dev.iterscope.projection.export.parquet;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;

/// The part of Thrift's compact protocol that Parquet's headers need: structures with integer, string, list and structure fields, in
/// ascending order of their numbers.
final class CompactThrift {

    private static final int I32 = 5;
    private static final int I64 = 6;
    private static final int BINARY = 8;
    private static final int LIST = 9;
    private static final int STRUCT = 12;
    private static final int LONG_LIST = 15;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final Deque<Integer> enclosing = new ArrayDeque<>();
    private int lastField;

    byte[] bytes() {
        return out.toByteArray();
    }

    CompactThrift i32(int field, int value) {
        header(field, I32);
        zigzag(value);
        return this;
    }

    CompactThrift i64(int field, long value) {
        header(field, I64);
        zigzag(value);
        return this;
    }

    CompactThrift text(int field, String value) {
        header(field, BINARY);
        element(value);
        return this;
    }

    /// Begins a structure that is a field; [#end()] ends it.
    CompactThrift struct(int field) {
        header(field, STRUCT);
        return element();
    }

    /// Begins a structure that is an element of a list; [#end()] ends it.
    CompactThrift element() {
        enclosing.push(lastField);
        lastField = 0;
        return this;
    }

    /// Ends a structure.
    CompactThrift end() {
        out.write(0);
        lastField = enclosing.isEmpty() ? 0 : enclosing.pop();
        return this;
    }

    CompactThrift structs(int field, int size) {
        return list(field, size, STRUCT);
    }

    CompactThrift texts(int field, String... values) {
        list(field, values.length, BINARY);
        for (String value : values) {
            element(value);
        }
        return this;
    }

    CompactThrift i32s(int field, int... values) {
        list(field, values.length, I32);
        for (int value : values) {
            zigzag(value);
        }
        return this;
    }

    private CompactThrift list(int field, int size, int type) {
        header(field, LIST);
        if (size < LONG_LIST) {
            out.write((size << 4) | type);
        } else {
            out.write((LONG_LIST << 4) | type);
            unsigned(size);
        }
        return this;
    }

    private void element(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        unsigned(bytes.length);
        out.writeBytes(bytes);
    }

    private void header(int field, int type) {
        out.write(((field - lastField) << 4) | type);
        lastField = field;
    }

    private void zigzag(long value) {
        unsigned((value << 1) ^ (value >> 63));
    }

    private void unsigned(long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            out.write((int) ((rest & 0x7f) | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
    }
}
