package dev.iterscope.profiler.recording;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/// The head of one Flight Recorder chunk: how much of it is whole, and whether the JVM was done with it.
///
/// Layout of the JDK's file format 2, big-endian: magic `FLR\0`, version, size at 8, constant pool at 16, metadata at
/// 24, state at 64. The JVM rewrites size and positions at each flush and counts the flushes in the state byte; it
/// writes 255 there while it does so, and 0 once the chunk is finished.
///
/// @param size bytes from the chunk's begin that are whole
/// @param metadata offset of the metadata event, 0 before the first flush
/// @param finished whether the JVM closed the chunk itself
record ChunkHeader(long size, long metadata, boolean finished) {

    static final int BYTES = 68;
    static final int STATE = 64;

    private static final int MAGIC = 0x464C5200;
    private static final int SIZE = 8;
    private static final int METADATA = 24;
    private static final byte FINISHED = 0;

    /// Reads the header at an offset of a file.
    ///
    /// @throws IOException if there is no whole chunk header
    static ChunkHeader read(FileChannel file, long offset) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(BYTES);
        while (bytes.hasRemaining() && file.read(bytes, offset + bytes.position()) >= 0) {
            // until the header is whole or the file ends
        }
        if (bytes.hasRemaining() || bytes.getInt(0) != MAGIC) {
            throw new IOException("no Flight Recorder chunk at byte " + offset);
        }
        return new ChunkHeader(bytes.getLong(SIZE), bytes.getLong(METADATA), bytes.get(STATE) == FINISHED);
    }

    /// Whether there is something that a reader can understand: metadata, and all of it within the file.
    boolean isReadable(long bytesThere) {
        return metadata >= BYTES && size > metadata && size <= bytesThere;
    }
}
