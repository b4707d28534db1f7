package dev.iterscope.projection.export.jfr;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Writes the chunks of a `.jfr` file, in constant memory.
///
/// Each chunk begins with its metadata, so that a file that is cut can still be read up to the cut. Constants follow when they are first
/// used, each set pointing back to the one before, as the format wants it.
final class ChunkWriter implements Closeable {

    private static final int MAGIC = 0x464c5200;
    private static final int HEADER_BYTES = 68;
    private static final long METADATA_TYPE = 0;
    private static final long CONSTANTS_TYPE = 1;
    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    /// The format's own chunks are of this order; readers load one at a time.
    private static final long CHUNK_BYTES = 48L << 20;
    private static final int BUFFER_BYTES = 1 << 18;
    private static final int COMPRESSED_INTEGERS = 1;
    private static final int LAST_CHUNK = 2;
    /// Strings kept for pooling; more distinct ones are written where they stand.
    private static final int MOST_POOLED = 1 << 16;

    private final FileChannel channel;
    private final JfrTypes types;
    private final int engines;
    private final long startNanos;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    private final EventBytes frame = new EventBytes();
    private final Map<String, Long> pooled = new HashMap<>();
    private final List<String> unwritten = new ArrayList<>();
    /// Where the buffer's bytes go; asking the channel takes a system call.
    private long flushed;
    private long chunkStart;
    private long metadataAt;
    private long lastConstantsAt;
    private long endTicks;

    /// Begins a file.
    ///
    /// @param startNanos the time that ticks count from: no event may be earlier
    /// @param engines    how many threads events may belong to
    ChunkWriter(Path file, JfrTypes types, long startNanos, int engines) throws IOException {
        this.channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
        this.types = types;
        this.startNanos = startNanos;
        this.engines = engines;
        beginChunk();
    }

    /// Ticks of a time.
    long ticks(long nanos) {
        return nanos - startNanos;
    }

    /// A key for a string that many events share, or -1 if there are too many of them.
    long keyOf(String text) {
        Long key = pooled.get(text);
        if (key != null) {
            return key;
        }
        if (pooled.size() >= MOST_POOLED) {
            return -1;
        }
        long next = pooled.size() + 1L;
        pooled.put(text, next);
        unwritten.add(text);
        return next;
    }

    /// Writes an event.
    ///
    /// @param content what stands behind size and type
    /// @param end     when it ended, in ticks
    void event(long type, EventBytes content, long end) throws IOException {
        if (!unwritten.isEmpty()) {
            writeStrings();
        }
        writeEvent(type, content);
        endTicks = Math.max(endTicks, end);
        if (position() - chunkStart > CHUNK_BYTES) {
            endChunk(false);
            beginChunk();
        }
    }

    @Override
    public void close() throws IOException {
        try (channel) {
            endChunk(true);
        }
    }

    private void beginChunk() throws IOException {
        chunkStart = position();
        lastConstantsAt = 0;
        pooled.clear();
        unwritten.clear();
        writeHeader(0, 0);
        metadataAt = position() - chunkStart;
        writeEvent(METADATA_TYPE, MetadataEvent.content(types.all(), ticks(startNanos)));
        writeThreads();
    }

    private void endChunk(boolean last) throws IOException {
        flush();
        long end = flushed;
        flushed = chunkStart;
        writeHeader(end - chunkStart, last ? LAST_CHUNK : 0);
        flush();
        flushed = end;
    }

    private void writeHeader(long size, int flags) throws IOException {
        EventBytes header = new EventBytes();
        header.fixed((long) MAGIC << 32 | 2 << 16 | 1);
        header.fixed(size);
        header.fixed(lastConstantsAt);
        header.fixed(metadataAt);
        header.fixed(startNanos);
        header.fixed(endTicks);
        header.fixed(0); // ticks at the start
        header.fixed(NANOS_PER_SECOND);
        header.octet(0); // finished
        header.octet(0);
        header.octet(0);
        header.octet(COMPRESSED_INTEGERS | flags);
        write(header.array(), HEADER_BYTES);
    }

    private void writeStrings() throws IOException {
        EventBytes pool = new EventBytes();
        pool.integer(types.id(JfrTypes.STRING));
        pool.integer(unwritten.size());
        for (String text : unwritten) {
            pool.integer(pooled.getOrDefault(text, 0L));
            pool.text(text);
        }
        unwritten.clear();
        writeConstants(1, pool);
    }

    /// One thread for each engine, so that tools show its steps in a lane of their own.
    private void writeThreads() throws IOException {
        EventBytes pools = new EventBytes();
        pools.integer(types.id(JfrTypes.THREAD_GROUP));
        pools.integer(1);
        pools.integer(1);
        pools.integer(0); // no parent
        pools.text("engines");
        pools.integer(types.id(JfrTypes.THREAD));
        pools.integer(engines);
        for (int engine = 0; engine < engines; engine++) {
            pools.integer(engine + 1L);
            pools.text("Engine " + engine);
            pools.integer(engine + 1L);
            pools.text("Engine " + engine);
            pools.integer(engine + 1L);
            pools.integer(1); // group
            pools.octet(0); // not virtual
        }
        writeConstants(2, pools);
    }

    private void writeConstants(int count, EventBytes pools) throws IOException {
        long at = position() - chunkStart;
        EventBytes content = new EventBytes();
        content.integer(ticks(startNanos));
        content.integer(0); // duration
        content.integer(lastConstantsAt == 0 ? 0 : lastConstantsAt - at);
        content.octet(0); // kind of checkpoint
        content.integer(count);
        content.append(pools);
        lastConstantsAt = at;
        writeEvent(CONSTANTS_TYPE, content);
    }

    private void writeEvent(long type, EventBytes content) throws IOException {
        int behind = EventBytes.lengthOf(type) + content.length();
        // The size counts itself.
        int own = 1;
        while (behind + own >= 1L << (7 * own)) {
            own++;
        }
        frame.clear();
        frame.integer(behind + own);
        frame.integer(type);
        write(frame.array(), frame.length());
        write(content.array(), content.length());
    }

    private long position() {
        return flushed + buffer.position();
    }

    private void write(byte[] bytes, int length) throws IOException {
        int at = 0;
        while (length - at > buffer.remaining()) {
            int part = buffer.remaining();
            buffer.put(bytes, at, part);
            at += part;
            flush();
        }
        buffer.put(bytes, at, length - at);
    }

    private void flush() throws IOException {
        buffer.flip();
        while (buffer.hasRemaining()) {
            flushed += channel.write(buffer, flushed);
        }
        buffer.clear();
    }
}
