package dev.iterscope.projection.importer.jfr;

import java.nio.ByteBuffer;
import java.util.Optional;

/// The 68 bytes at the start of a chunk; a `.jfr` file is one or more chunks.
///
/// @param size           bytes of the chunk with its header; 0 or too large where it was never finished
/// @param startNanos     start, nanoseconds since the epoch
/// @param startTicks     the same on the ticks' clock
/// @param ticksPerSecond frequency of the ticks' clock
record ChunkHeader(long size, long startNanos, long startTicks, long ticksPerSecond) {

    static final int BYTES = 68;
    /// `FLR` and a zero byte.
    static final int MAGIC = 0x464c5200;

    /// Major version of the format that can be read.
    static final int FORMAT = 2;

    private static final int COMPRESSED_INTEGERS = 1;

    /// The header in these bytes, if they are one that can be read: version 2 with compressed integers, which every JDK since 11 writes.
    static Optional<ChunkHeader> read(ByteBuffer bytes) {
        if (bytes.remaining() < BYTES || bytes.getInt(0) != MAGIC || bytes.getShort(4) != FORMAT) {
            return Optional.empty();
        }
        long frequency = bytes.getLong(56);
        if ((bytes.getInt(64) & COMPRESSED_INTEGERS) == 0 || frequency <= 0) {
            return Optional.empty();
        }
        return Optional.of(new ChunkHeader(bytes.getLong(8), bytes.getLong(32), bytes.getLong(48), frequency));
    }

    TimeScale ticks() {
        return new TimeScale(startTicks, startNanos, ticksPerSecond);
    }
}
