package dev.iterscope.engine.backend.cpu;

import dev.iterscope.engine.model.ModelConfig.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// A weight matrix of `columns` outputs and `depth` inputs in panels of 32 columns, each panel contiguous over the whole depth; the
/// last one is padded with zeros.
///
/// BF16: 16 ints a depth, int `l` with column `l` below and column `l + 16` above. F32: 32 floats a depth. INT8: groups of 128 depths
/// ([Int8]), each with the scales of the 32 columns as floats, then 16 ints for each pair of depths, int `l` with bytes for column `l`
/// and `l + 16` of the first and of the second depth, lowest byte first; an odd last depth is followed by zeros.
///
/// @param data    panels, little endian
/// @param type    BF16, F32 or INT8
/// @param columns outputs
/// @param depth   inputs
record PackedMatrix(MemorySegment data, DataType type, int columns, int depth) {
    /// Columns of a panel.
    static final int PANEL = 32;

    /// Scales of a group of an INT8 panel.
    static final int SCALE_BYTES = PANEL * Float.BYTES;
    /// Two depths of an INT8 panel.
    static final int PAIR_BYTES = 2 * PANEL;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);

    /// Bytes of such a matrix, padding included.
    static long bytes(DataType type, int columns, int depth) {
        return Math.ceilDiv(columns, PANEL) * panelBytes(heldAs(type), depth);
    }

    private static long panelBytes(DataType type, int depth) {
        if (type == DataType.INT8) {
            return (long) Int8.groups(depth) * SCALE_BYTES + (long) Math.ceilDiv(depth, 2) * PAIR_BYTES;
        }
        return (long) PANEL * type.bytes() * depth;
    }

    /// The type in which weights of a checkpoint's type are held: half precision becomes single, since its range is not BF16's.
    static DataType heldAs(DataType type) {
        return type == DataType.BF16 || type == DataType.INT8 ? type : DataType.F32;
    }

    int panels() {
        return Math.ceilDiv(columns, PANEL);
    }

    /// Bytes from one depth of a BF16 or F32 panel to the next.
    long stride() {
        return (long) PANEL * type.bytes();
    }

    /// Bytes of a panel.
    long panelBytes() {
        return panelBytes(type, depth);
    }

    /// Byte at which a panel begins.
    long panelOffset(int panel) {
        return panel * panelBytes();
    }

    /// Bytes from a panel's begin to an INT8 group that begins at `firstDepth`.
    static long groupOffset(int firstDepth) {
        return firstDepth / Int8.GROUP * (SCALE_BYTES + Int8.GROUP / 2L * PAIR_BYTES);
    }

    /// Stores the weights of one output.
    void setColumn(int column, float[] weights) {
        int lane = column % PANEL;
        long at = panelOffset(column / PANEL);
        if (type == DataType.INT8) {
            quantise(weights, at, lane);
            return;
        }
        if (type == DataType.F32) {
            for (int k = 0; k < depth; k++) {
                data.set(INT, at + k * stride() + 4L * lane, Float.floatToRawIntBits(weights[k]));
            }
            return;
        }
        ValueLayout.OfShort half = ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN);
        long first = at + 4L * (lane % 16) + (lane < 16 ? 0 : 2);
        for (int k = 0; k < depth; k++) {
            data.set(half, first + k * stride(), (short) Bf16.bits(weights[k]));
        }
    }

    private void quantise(float[] weights, long panelAt, int lane) {
        for (int first = 0; first < depth; first += Int8.GROUP) {
            int end = Math.min(depth, first + Int8.GROUP);
            long at = panelAt + groupOffset(first);
            float scale = Int8.scale(weights, first, end);
            data.set(INT, at + 4L * lane, Float.floatToRawIntBits(scale));
            for (int k = first; k < end; k++) {
                data.set(ValueLayout.JAVA_BYTE, at + byteOffset(k - first, lane), (byte) Int8.quantise(weights[k], scale));
            }
        }
    }

    /// Where an element of an INT8 group stands, from the group's begin.
    private static long byteOffset(int k, int lane) {
        return SCALE_BYTES + (long) k / 2 * PAIR_BYTES + 4L * (lane % Lanes.TILE) + lane / Lanes.TILE + 2L * (k % 2);
    }

    private void dequantise(long panelAt, int lane, float[] into, int offset) {
        for (int k = 0; k < depth; k++) {
            long at = panelAt + groupOffset(k);
            float scale = Float.intBitsToFloat(data.get(INT, at + 4L * lane));
            into[offset + k] = data.get(ValueLayout.JAVA_BYTE, at + byteOffset(k % Int8.GROUP, lane)) * scale;
        }
    }

    /// Copies the weights of one output to `into`, from `offset` on: how an embedding is looked up.
    void column(int column, float[] into, int offset) {
        int lane = column % PANEL;
        if (type == DataType.INT8) {
            dequantise(panelOffset(column / PANEL), lane, into, offset);
            return;
        }
        long at = panelOffset(column / PANEL) + 4L * (type == DataType.F32 ? lane : lane % 16);
        for (int k = 0; k < depth; k++) {
            int bits = data.get(INT, at + k * stride());
            if (type == DataType.F32) {
                into[offset + k] = Float.intBitsToFloat(bits);
            } else {
                into[offset + k] = Float.intBitsToFloat(lane < 16 ? bits << 16 : bits & 0xFFFF0000);
            }
        }
    }
}
