package dev.iterscope.engine.backend.cpu;

import dev.iterscope.engine.model.ModelConfig.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// A weight matrix of `columns` outputs and `depth` inputs in panels of 32 columns, each panel contiguous over the whole depth; the
/// last one is padded with zeros.
///
/// BF16: 16 ints a depth, int `l` with column `l` below and column `l + 16` above. F32: 32 floats a depth.
///
/// @param data    panels, little endian
/// @param type    BF16 or F32
/// @param columns outputs
/// @param depth   inputs
record PackedMatrix(MemorySegment data, DataType type, int columns, int depth) {
    /// Columns of a panel.
    static final int PANEL = 32;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);

    /// Bytes of such a matrix, padding included.
    static long bytes(DataType type, int columns, int depth) {
        return (long) Math.ceilDiv(columns, PANEL) * PANEL * depth * heldAs(type).bytes();
    }

    /// The type in which weights of a checkpoint's type are held: half precision becomes single, since its range is not BF16's.
    static DataType heldAs(DataType type) {
        return type == DataType.BF16 ? DataType.BF16 : DataType.F32;
    }

    int panels() {
        return Math.ceilDiv(columns, PANEL);
    }

    /// Bytes from one depth of a panel to the next.
    long stride() {
        return (long) PANEL * type.bytes();
    }

    /// Byte at which a panel begins.
    long panelOffset(int panel) {
        return panel * stride() * depth;
    }

    /// Stores the weights of one output.
    void setColumn(int column, float[] weights) {
        int lane = column % PANEL;
        long at = panelOffset(column / PANEL);
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

    /// Copies the weights of one output to `into`, from `offset` on: how an embedding is looked up.
    void column(int column, float[] into, int offset) {
        int lane = column % PANEL;
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
