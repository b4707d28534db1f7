package dev.iterscope.projection.export.parquet;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// The content of a data page: which values are there (one bit each, in one bit-packed run), then the values in the PLAIN encoding,
/// little-endian.
final class PageBytes {

    private final ByteArrayOutputStream present = new ByteArrayOutputStream();
    private final ByteArrayOutputStream values = new ByteArrayOutputStream();
    private int presentBits;
    private int rows;
    private int flagBits;
    private int flags;

    /// Adds a row's value; null where it is not known.
    void add(ColumnKind kind, @Nullable Object value) {
        presentBits |= (value == null ? 0 : 1) << (rows % 8);
        rows++;
        if (rows % 8 == 0) {
            present.write(presentBits);
            presentBits = 0;
        }
        if (value == null) {
            return;
        }
        switch (kind) {
            case INT32 -> fixed(((Number) value).longValue(), Integer.BYTES);
            case INT64 -> fixed(((Number) value).longValue(), Long.BYTES);
            case FLOAT -> fixed(Float.floatToRawIntBits(((Number) value).floatValue()), Float.BYTES);
            case DOUBLE -> fixed(Double.doubleToRawLongBits(((Number) value).doubleValue()), Double.BYTES);
            case BOOLEAN -> flag(Boolean.TRUE.equals(value));
            case TEXT -> {
                byte[] text = value.toString().getBytes(StandardCharsets.UTF_8);
                fixed(text.length, Integer.BYTES);
                values.writeBytes(text);
            }
        }
    }

    int rows() {
        return rows;
    }

    /// The page's content.
    byte[] bytes() {
        int groups = (rows + 7) / 8;
        if (rows % 8 != 0) {
            present.write(presentBits);
        }
        if (flagBits % 8 != 0) {
            values.write(flags);
        }
        ByteArrayOutputStream levels = new ByteArrayOutputStream();
        // A bit-packed run: its number of groups of eight, times two, plus one.
        int header = (groups << 1) | 1;
        while (header > 0x7f) {
            levels.write((header & 0x7f) | 0x80);
            header >>>= 7;
        }
        levels.write(header);
        levels.writeBytes(present.toByteArray());
        ByteArrayOutputStream page = new ByteArrayOutputStream();
        for (int shift = 0; shift < 32; shift += 8) {
            page.write(levels.size() >>> shift);
        }
        page.writeBytes(levels.toByteArray());
        page.writeBytes(values.toByteArray());
        return page.toByteArray();
    }

    private void flag(boolean set) {
        flags |= (set ? 1 : 0) << (flagBits % 8);
        flagBits++;
        if (flagBits % 8 == 0) {
            values.write(flags);
            flags = 0;
        }
    }

    private void fixed(long value, int bytes) {
        for (int i = 0; i < bytes; i++) {
            values.write((int) (value >>> (8 * i)));
        }
    }
}
