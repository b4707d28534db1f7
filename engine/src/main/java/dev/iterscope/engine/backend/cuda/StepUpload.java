package dev.iterscope.engine.backend.cuda;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Builds the batch of a step as the kernels read it: one array of ints, header first, uploaded by one copy. The fields are those of
/// `step.cuh`; the two must agree.
///
/// Used as: [#begin], then for every entry [#beginEntry], [#token] for each of its tokens, [#sample] if it yields one, and at the end
/// [#write].
final class StepUpload {
    /// Keys of a partition of attention: `PARTITION` of attention.cuh.
    static final int PARTITION = 256;
    /// (token, head) rows of a tile of context attention.
    static final int CONTEXT_TILE = 64;
    /// Most query heads of a KV head that generation attention takes.
    static final int GENERATION_HEADS = 16;

    private static final int TOKENS = 0;
    private static final int SAMPLES = 1;
    private static final int CONTEXT_ITEMS = 2;
    private static final int GENERATION_ITEMS = 3;
    private static final int FIRST_ARRAY = 4;
    private static final int HEADER_INTS = 17;
    private static final int SAMPLE_INTS = 5;

    private final ModelShape shape;
    private final int maxParts;
    private final IntArray tokenIds = new IntArray();
    private final IntArray positions = new IntArray();
    private final IntArray kvSlots = new IntArray();
    private final IntArray entryFirstRow = new IntArray();
    private final IntArray entryRows = new IntArray();
    private final IntArray entryTable = new IntArray();
    private final IntArray contextEntry = new IntArray();
    private final IntArray contextRow = new IntArray();
    private final IntArray generationEntry = new IntArray();
    private final IntArray generationPart = new IntArray();
    private final IntArray sampleRow = new IntArray();
    private final IntArray sampleTarget = new IntArray();
    private final IntArray sampleParameters = new IntArray();
    private final IntArray tables = new IntArray();
    private int parts;
    private int maxPartsOfEntry;
    private int[] blocks = {};

    /// @param maxParts partial results that generation attention has room for; entries beyond take the context kernel, which yields
    ///                 the same bits
    StepUpload(ModelShape shape, int maxParts) {
        this.shape = shape;
        this.maxParts = maxParts;
    }

    /// Most ints that [#write] can write.
    static int maxInts(ModelShape shape) {
        long tableInts = (long) shape.maxSeqs() * Math.ceilDiv(shape.model().maxModelLen(), shape.blockSize());
        long contextItems = (long) shape.maxRows() * shape.group() / CONTEXT_TILE + shape.maxSeqs();
        long ints = HEADER_INTS + 3L * shape.maxRows() + shape.maxSeqs() * (5L + 2 + SAMPLE_INTS) + 2 * contextItems + tableInts;
        return Math.toIntExact(ints);
    }

    /// Starts a step.
    void begin() {
        for (IntArray array : arrays()) {
            array.clear();
        }
        tables.clear();
        parts = 0;
        maxPartsOfEntry = 0;
    }

    /// Starts an entry of `rows` tokens from `firstPosition` on.
    ///
    /// @param blockIds blocks of its positions, in order
    void beginEntry(int firstPosition, int rows, int[] blockIds) {
        int entry = entryRows.size();
        blocks = blockIds;
        entryFirstRow.add(tokenIds.size());
        entryRows.add(rows);
        entryTable.add(tables.size()); // made absolute by write
        int keys = firstPosition + rows;
        tables.addAll(blockIds, Math.ceilDiv(keys, shape.blockSize()));
        int entryParts = Math.ceilDiv(keys, PARTITION);
        if (rows == 1 && shape.group() <= GENERATION_HEADS && parts + entryParts <= maxParts) {
            generationEntry.add(entry);
            generationPart.add(parts);
            parts += entryParts;
            maxPartsOfEntry = Math.max(maxPartsOfEntry, entryParts);
        } else {
            for (int row = 0; row < rows * shape.group(); row += CONTEXT_TILE) {
                contextEntry.add(entry);
                contextRow.add(row);
            }
        }
    }

    /// The next token of the entry.
    ///
    /// @param id token id, or −1 − i for the i-th element of the device's array of sampled tokens
    void token(int id, int position) {
        tokenIds.add(id);
        positions.add(position);
        kvSlots.add(blocks[position / shape.blockSize()] * shape.blockSize() + position % shape.blockSize());
    }

    /// The token added last yields a token.
    ///
    /// @param target where it goes in the device's array of sampled tokens
    void sample(int target, float inverseTemperature, float topP, int topK, long random) {
        sampleRow.add(tokenIds.size() - 1);
        sampleTarget.add(target);
        sampleParameters.add(Float.floatToRawIntBits(inverseTemperature));
        sampleParameters.add(Float.floatToRawIntBits(topP));
        sampleParameters.add(topK);
        sampleParameters.add((int) random);
        sampleParameters.add((int) (random >>> 32));
    }

    /// Writes the step to host memory and returns its length in bytes.
    long write(MemorySegment memory) {
        memory.setAtIndex(JAVA_INT, TOKENS, tokenIds.size());
        memory.setAtIndex(JAVA_INT, SAMPLES, sampleRow.size());
        memory.setAtIndex(JAVA_INT, CONTEXT_ITEMS, contextEntry.size());
        memory.setAtIndex(JAVA_INT, GENERATION_ITEMS, generationEntry.size());
        int at = HEADER_INTS;
        int tablesAt = HEADER_INTS;
        for (IntArray array : arrays()) {
            tablesAt += array.size();
        }
        entryTable.addToAll(tablesAt);
        int field = FIRST_ARRAY;
        for (IntArray array : arrays()) {
            memory.setAtIndex(JAVA_INT, field++, at);
            at = array.copyTo(memory, at);
        }
        return (long) Integer.BYTES * tables.copyTo(memory, at);
    }

    int rows() {
        return tokenIds.size();
    }

    int samples() {
        return sampleRow.size();
    }

    int contextItems() {
        return contextEntry.size();
    }

    int generationItems() {
        return generationEntry.size();
    }

    /// Partitions of the longest entry of generation attention.
    int maxPartsOfEntry() {
        return maxPartsOfEntry;
    }

    /// True when every entry is one token that takes generation attention and yields a token: what a captured graph can do.
    boolean isPureGeneration() {
        return generationItems() == rows() && samples() == rows();
    }

    /// Arrays in the order of the header's fields.
    private IntArray[] arrays() {
        return new IntArray[] {
            tokenIds, positions, kvSlots, entryFirstRow, entryRows, entryTable, contextEntry, contextRow, generationEntry,
            generationPart, sampleRow, sampleTarget, sampleParameters
        };
    }

    /// A growing array of ints.
    private static final class IntArray {
        private int[] values = new int[64];
        private int size;

        void clear() {
            size = 0;
        }

        int size() {
            return size;
        }

        void add(int value) {
            reserve(1);
            values[size++] = value;
        }

        void addAll(int[] source, int count) {
            reserve(count);
            System.arraycopy(source, 0, values, size, count);
            size += count;
        }

        void addToAll(int summand) {
            for (int i = 0; i < size; i++) {
                values[i] += summand;
            }
        }

        /// Returns the index behind the copy.
        int copyTo(MemorySegment memory, int at) {
            MemorySegment.copy(values, 0, memory, JAVA_INT, (long) at * Integer.BYTES, size);
            return at + size;
        }

        private void reserve(int count) {
            if (size + count > values.length) {
                values = Arrays.copyOf(values, Math.max(size + count, values.length * 2));
            }
        }
    }
}
