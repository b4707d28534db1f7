package dev.iterscope.projection.importer.nsys;

import dev.iterscope.projection.importer.source.Warnings;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// The whole pages of an SQLite file.
///
/// SQLite refuses a file that is shorter than its header says, and takes the missing bytes of a page that was cut for zeros, which makes
/// rows that never were. So a file that was cut is copied up to its last whole page, and the copy's header says how many there are.
///
/// Format of the header: <https://www.sqlite.org/fileformat2.html>.
final class WholePages implements Closeable {

    private static final int HEADER_BYTES = 100;
    private static final int PAGE_SIZE = 16;
    private static final int CHANGE_COUNTER = 24;
    private static final int PAGE_COUNT = 28;
    private static final int VALID_FOR = 92;
    private static final int LARGEST_PAGE = 1 << 16;

    private final Path file;
    private final boolean temporary;

    private WholePages(Path file, boolean temporary) {
        this.file = file;
        this.temporary = temporary;
    }

    /// Looks at a file, and warns if something is missing.
    static WholePages of(Path file, Warnings warnings) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
            while (header.hasRemaining() && channel.read(header, header.position()) >= 0) {
                // until full
            }
            if (header.hasRemaining()) {
                throw new IOException("the file is cut within its header");
            }
            int stored = header.getShort(PAGE_SIZE) & 0xffff;
            long pageSize = stored == 1 ? LARGEST_PAGE : stored;
            boolean counted = header.getInt(CHANGE_COUNTER) == header.getInt(VALID_FOR);
            long pages = counted ? header.getInt(PAGE_COUNT) & 0xffff_ffffL : 0;
            long whole = pageSize == 0 ? 0 : channel.size() / pageSize;
            if (pageSize == 0 || (whole * pageSize == channel.size() && pages <= whole)) {
                return new WholePages(file, false);
            }
            warnings.add("recording-cut", "the export is cut; the rows whose pages are whole are used");
            return copied(channel, whole * pageSize, (int) Math.min(whole, Integer.MAX_VALUE));
        }
    }

    Path file() {
        return file;
    }

    @Override
    public void close() throws IOException {
        if (temporary) {
            Files.deleteIfExists(file);
        }
    }

    private static WholePages copied(FileChannel from, long length, int pages) throws IOException {
        Path copy = Files.createTempFile("iterscope-", ".sqlite");
        try (FileChannel to = FileChannel.open(copy, StandardOpenOption.WRITE)) {
            long at = 0;
            while (at < length) {
                long moved = from.transferTo(at, length - at, to);
                if (moved <= 0) {
                    throw new IOException("cannot be copied");
                }
                at += moved;
            }
            to.write(ByteBuffer.allocate(Integer.BYTES).putInt(0, pages), PAGE_COUNT);
        } catch (IOException e) {
            Files.deleteIfExists(copy);
            throw e;
        }
        return new WholePages(copy, true);
    }
}
