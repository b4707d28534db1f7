package dev.iterscope.engine.backend.cpu;

import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.model.ModelConfig.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Keys and values of all blocks, in the layouts of the attention kernels.
///
/// Each layer and KV head has all blocks side by side, so that a sequence whose blocks follow one another is read as one stream. A
/// block holds tiles of 16 positions (the last one padded where the block size is no multiple).
/// Keys of a tile: for each pair of dimensions 16 ints, one a position, even dimension below (BF16); for each dimension 16 floats
/// (F32). Values: for each position groups of 32 dimensions, packed like a weight panel's depth.
final class KvStore {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final long SMALLEST_PAGE = 4096;

    private final MemorySegment keys;
    private final MemorySegment values;
    private final DataType type;
    private final int blockSize;
    private final int layers;
    private final int kvHeads;
    private final int headDim;
    private final int blocks;
    private final long keyTileBytes;
    private final long valueRowBytes;
    private final int tilesPerBlock;
    @SuppressWarnings("UnusedVariable") // written, so that the reads before it are not left out
    private int touched;
    /// Blocks whose memory is there.
    private int claimed;

    /// Room for `blocks` blocks, the null block included.
    KvStore(NativeMemory memory, ModelConfig model, DataType type, int blockSize, int blocks) {
        this.type = type;
        this.blockSize = blockSize;
        this.blocks = blocks;
        layers = model.layers();
        kvHeads = model.kvHeads();
        headDim = model.headDim();
        tilesPerBlock = Math.ceilDiv(blockSize, Lanes.TILE);
        keyTileBytes = (long) headDim * Lanes.TILE * type.bytes();
        valueRowBytes = valueRowBytes(model, type);
        keys = memory.allocate(model.layers() * layerKeyBytes());
        values = memory.allocate(model.layers() * layerValueBytes());
    }

    /// Bytes of one block over all layers, padding included.
    static long bytesPerBlock(ModelConfig model, DataType type, int blockSize) {
        long positions = (long) Math.ceilDiv(blockSize, Lanes.TILE) * Lanes.TILE;
        return (long) model.layers() * model.kvHeads() * positions * ((long) model.headDim() * type.bytes() + valueRowBytes(model, type));
    }

    private static long valueRowBytes(ModelConfig model, DataType type) {
        return (long) Math.ceilDiv(model.headDim(), PackedMatrix.PANEL) * PackedMatrix.PANEL * type.bytes();
    }

    private long layerKeyBytes() {
        return (long) blocks * kvHeads * tilesPerBlock * keyTileBytes;
    }

    private long layerValueBytes() {
        return (long) blocks * kvHeads * tilesPerBlock * Lanes.TILE * valueRowBytes;
    }

    MemorySegment keys() {
        return keys;
    }

    MemorySegment values() {
        return values;
    }

    DataType type() {
        return type;
    }

    int tilesPerBlock() {
        return tilesPerBlock;
    }

    int blockSize() {
        return blockSize;
    }

    /// Bytes from one position's values to the next one's.
    long valueStride() {
        return valueRowBytes;
    }

    /// Byte at which the keys of a tile begin.
    long keyOffset(int layer, int block, int head, int tile) {
        return layer * layerKeyBytes() + (((long) head * blocks + block) * tilesPerBlock + tile) * keyTileBytes;
    }

    /// Byte at which the values of a tile's first position begin.
    long valueOffset(int layer, int block, int head, int tile) {
        return layer * layerValueBytes() + (((long) head * blocks + block) * tilesPerBlock + tile) * Lanes.TILE * valueRowBytes;
    }

    /// Has the system give the memory of the blocks below `end` now, where it has not: else it gives it page by page under the steps
    /// that use it first, which take longer (docs/benchmarks/cpu.md). Nothing may be stored yet in blocks that were not
    /// claimed.
    void claim(WorkerPool pool, int end) {
        int first = claimed;
        int count = Math.min(end, blocks) - first;
        if (count > 0) {
            long keyBytes = tilesPerBlock * keyTileBytes;
            long valueBytes = (long) tilesPerBlock * Lanes.TILE * valueRowBytes;
            pool.run((item, worker) -> {
                long before = (long) item * blocks + first; // all blocks of a layer's head stand side by side
                claim(keys, before * keyBytes, count * keyBytes);
                claim(values, before * valueBytes, count * valueBytes);
            }, layers * kvHeads);
            claimed = first + count;
        }
    }

    private static void claim(MemorySegment segment, long from, long bytes) {
        for (long at = from; at < from + bytes; at += SMALLEST_PAGE) {
            segment.set(ValueLayout.JAVA_BYTE, at, (byte) 0);
        }
        segment.set(ValueLayout.JAVA_BYTE, from + bytes - 1, (byte) 0);
    }

    /// Stores key and value of one head at position `slot` of a block.
    void store(int layer, int block, int head, int slot, float[] key, int keyFrom, float[] value, int valueFrom) {
        int tile = slot / Lanes.TILE;
        int lane = slot % Lanes.TILE;
        long keyAt = keyOffset(layer, block, head, tile) + 4L * lane;
        long valueAt = valueOffset(layer, block, head, tile) + lane * valueRowBytes;
        if (type == DataType.BF16) {
            touch(keyAt);
            for (int d = 0; d < headDim; d += 2) {
                keys.set(INT, keyAt + 32L * d, Bf16.pair(key[keyFrom + d], key[keyFrom + d + 1]));
            }
            storeValuePairs(valueAt, value, valueFrom);
        } else {
            for (int d = 0; d < headDim; d++) {
                keys.set(INT, keyAt + 64L * d, Float.floatToRawIntBits(key[keyFrom + d]));
                values.set(INT, valueAt + 4L * d, Float.floatToRawIntBits(value[valueFrom + d]));
            }
        }
    }

    /// Reads what is written next. The elements of a key lie in as many lines as there are pairs of dimensions: reads of them overlap,
    /// while writes to lines that no cache holds wait for one another.
    private void touch(long at) {
        int any = 0;
        for (int d = 0; d < headDim; d += 2) {
            any |= keys.get(INT, at + 32L * d);
        }
        touched = any;
    }

    private void storeValuePairs(long at, float[] value, int from) {
        for (int group = 0; group < headDim; group += PackedMatrix.PANEL) {
            for (int lane = 0; lane < Lanes.TILE && group + lane < headDim; lane++) {
                int high = group + lane + Lanes.TILE;
                float upper = high < headDim ? value[from + high] : 0;
                values.set(INT, at + 2L * group + 4L * lane, Bf16.pair(value[from + group + lane], upper));
            }
        }
    }
}
