package dev.iterscope.projection.importer.jfr;

import dev.iterscope.projection.importer.source.Warnings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Decodes a `.jfr` file: chunks of events whose types the chunk itself describes.
///
/// The JDK's own reader refuses a file that was cut, and reading all fields by name costs it two to six microseconds an event. This one
/// walks each chunk twice, first for metadata and constants, then for the wanted events; it stops at the first event that is not whole
/// and goes on with the next chunk. A chunk that lost its metadata, which the JDK writes last, is read with that of the chunk before.
///
/// The format is that of `jdk.jfr.internal.consumer` in the JDK; there is no specification.
final class JfrDecoder {

    private static final int METADATA = 0;
    private static final int CONSTANTS = 1;
    /// Clocks that differ by less are taken as the same one.
    private static final long CLOCK_TOLERANCE_NANOS = 10_000_000;

    private final EventVisitor visitor;
    private final Warnings warnings;
    private @Nullable Metadata metadata;
    private @Nullable TimeScale clock;

    JfrDecoder(EventVisitor visitor, Warnings warnings) {
        this.visitor = visitor;
        this.warnings = warnings;
    }

    /// Decodes all chunks of a file.
    void decode(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = channel.size();
            long at = 0;
            while (at < size) {
                Optional<ChunkHeader> header = headerAt(channel, at, size);
                if (header.isEmpty()) {
                    warnings.add("jfr-damaged", "parts of the file are not chunks of a flight recording and were passed over");
                    at = nextChunk(channel, at + 1, size);
                    continue;
                }
                long next = at + header.get().size();
                boolean whole = header.get().size() >= ChunkHeader.BYTES && next <= size;
                long end = whole ? next : nextChunk(channel, at + ChunkHeader.BYTES, size);
                if (!whole) {
                    warnings.add("recording-cut", "the recording ends in the middle of a chunk; every whole event before the cut is used");
                }
                if (end - at > Integer.MAX_VALUE) {
                    warnings.add("jfr-chunk-too-large", "of chunks above 2 GiB only the first 2 GiB are read");
                }
                ByteBuffer buffer = channel.map(MapMode.READ_ONLY, at, Math.min(end - at, Integer.MAX_VALUE));
                decodeChunk(new Bytes(buffer), header.get(), whole);
                at = end;
            }
        }
    }

    private void decodeChunk(Bytes bytes, ChunkHeader header, boolean whole) {
        Metadata own = null;
        int end = ChunkHeader.BYTES;
        Walk walk = new Walk(bytes);
        while (walk.next()) {
            end = walk.end;
            if (walk.type == METADATA) {
                own = metadataOr(bytes, own);
            }
        }
        if (whole && end < bytes.size()) {
            warnings.add("recording-cut", "a chunk holds damaged events; every whole event before the damage is used");
        }
        metadata = own == null ? metadata : own;
        Metadata types = metadata;
        if (types == null) {
            warnings.add("jfr-without-metadata", "a chunk was cut before the description of its events; it cannot be read");
            return;
        }
        ConstantPools pools = new ConstantPools(types);
        walk = new Walk(bytes);
        while (walk.next()) {
            if (walk.type == CONSTANTS) {
                readConstants(pools, bytes);
            }
        }
        visit(bytes, types, pools, clockOf(header));
    }

    /// Each chunk says anew what the wall clock was at some tick, a fraction of a microsecond off. Chunks of one process keep the clock
    /// of the first, so that times between steps of different chunks are exact too.
    private TimeScale clockOf(ChunkHeader header) {
        TimeScale known = clock;
        if (known == null || known.perSecond() != header.ticksPerSecond()
                || Math.abs(known.nanos(header.startTicks()) - header.startNanos()) > CLOCK_TOLERANCE_NANOS) {
            known = header.ticks();
            clock = known;
        }
        return known;
    }

    private void visit(Bytes bytes, Metadata types, ConstantPools pools, TimeScale ticks) {
        Map<Long, Optional<EventRow>> rows = new HashMap<>();
        long lastType = -1;
        Optional<EventRow> row = Optional.empty();
        Walk walk = new Walk(bytes);
        while (walk.next()) {
            if (walk.type != lastType) {
                lastType = walk.type;
                row = rows.computeIfAbsent(walk.type, id -> rowOf(types.type(id), types, pools, ticks));
            }
            if (row.isPresent()) {
                try {
                    row.get().decode(bytes);
                    visitor.event(row.get());
                } catch (IndexOutOfBoundsException e) {
                    warnings.add("jfr-event-damaged", "events that do not fit their description were left out");
                }
            }
        }
    }

    private Optional<EventRow> rowOf(@Nullable EventType type, Metadata types, ConstantPools pools, TimeScale ticks) {
        return type == null || !visitor.wants(type.name()) ? Optional.empty() : Optional.of(new EventRow(type, types, pools, ticks));
    }

    private @Nullable Metadata metadataOr(Bytes bytes, @Nullable Metadata otherwise) {
        try {
            return Metadata.read(bytes);
        } catch (IndexOutOfBoundsException e) {
            warnings.add("jfr-metadata-damaged", "a description of events is damaged");
            return otherwise;
        }
    }

    private void readConstants(ConstantPools pools, Bytes bytes) {
        try {
            pools.read(bytes);
        } catch (IndexOutOfBoundsException e) {
            warnings.add("jfr-constants-damaged", "constants are damaged; some texts may be missing");
        }
    }

    private static Optional<ChunkHeader> headerAt(FileChannel channel, long at, long size) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(ChunkHeader.BYTES, size - at));
        while (bytes.hasRemaining() && channel.read(bytes, at + bytes.position()) >= 0) {
            // until full
        }
        return ChunkHeader.read(bytes.flip());
    }

    /// Where the next chunk begins, or the end of the file.
    private static long nextChunk(FileChannel channel, long from, long size) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(1 << 16);
        long at = from;
        while (at + Integer.BYTES <= size) {
            bytes.clear();
            int read = channel.read(bytes, at);
            for (int i = 0; i + Integer.BYTES <= read; i++) {
                if (bytes.getInt(i) == ChunkHeader.MAGIC && headerAt(channel, at + i, size).isPresent()) {
                    return at + i;
                }
            }
            if (read < Integer.BYTES) {
                return size;
            }
            at += read - Integer.BYTES + 1;
        }
        return size;
    }

    /// Goes from event to event. After [#next()] the bytes stand at the event's content and are limited to it.
    private static final class Walk {
        private final Bytes bytes;
        private int end = ChunkHeader.BYTES;
        private long type;

        private Walk(Bytes bytes) {
            this.bytes = bytes;
        }

        /// Whether there is another whole event.
        private boolean next() {
            bytes.limit(bytes.size());
            bytes.at(end);
            try {
                long size = bytes.integer();
                if (size <= 0 || size > bytes.size() - (long) end) {
                    return false;
                }
                bytes.limit(end + (int) size);
                type = bytes.integer();
                end += (int) size;
                return true;
            } catch (IndexOutOfBoundsException e) {
                return false;
            }
        }
    }
}
