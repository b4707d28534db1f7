package dev.iterscope.projection.importer.source;

import com.github.luben.zstd.ZstdInputStream;
import dev.iterscope.engine.request.UserInputException;
import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/// A file (or standard input, spelled `-`) that an importer reads. gzip and Zstandard are undone, whatever the file is called.
///
/// Recognition looks at [#head()] only, so that a source of any size is told apart at once.
public final class Source implements Closeable {

    /// Bytes looked at to recognise a source. Logs may begin with pages of other output.
    static final int HEAD_BYTES = 1 << 18;

    /// Most bytes of standard input, or of a compressed source that has to be unpacked into a file.
    private static final long MAX_SPOOLED_BYTES = 16L << 30;
    /// No recording shrinks more when it is compressed. A small file may claim much more.
    private static final long MOST_EXPANSION = 100;
    private static final long LEAST_EXPANDED_BYTES = 256L << 20;

    private final String name;
    private final Path file;
    private final boolean temporary;
    private final Packing packing;
    private final byte[] head;
    private @Nullable Path unpacked;
    private boolean broken;

    private enum Packing {
        NONE,
        GZIP,
        ZSTD
    }

    private Source(String name, Path file, boolean temporary) throws IOException {
        this.name = name;
        this.file = file;
        this.temporary = temporary;
        byte[] raw = firstBytes(Files.newInputStream(file), 4);
        this.packing = packingOf(raw);
        this.head = headOf();
    }

    /// Opens a source for reading.
    ///
    /// @param path a file, or `-` for standard input
    /// @throws UserInputException if there is no such file or it cannot be read
    public static Source open(Path path) {
        String name = String.valueOf(path.getFileName());
        try {
            if (path.toString().equals("-")) {
                return new Source("standard input", spool(System.in, "standard input"), true);
            }
            if (Files.isDirectory(path)) {
                throw UserInputException.input(path.toString(), "", "is a folder", "name a file in it");
            }
            if (Files.size(path) == 0 && Files.isRegularFile(path)) {
                throw UserInputException.input(path.toString(), "", "is empty", "record or export it again");
            }
            if (!Files.isRegularFile(path)) {
                try (InputStream pipe = Files.newInputStream(path)) {
                    return new Source(name, spool(pipe, name), true);
                }
            }
            return new Source(name, path, false);
        } catch (NoSuchFileException e) {
            throw UserInputException.input(path.toString(), "", "no such file", "check the path");
        } catch (IOException e) {
            throw UserInputException.input(path.toString(), "", "cannot be read (" + reason(e) + ")", "check the path and its permissions");
        }
    }

    /// The file's name without its directory, as warnings and errors show it.
    public String name() {
        return name;
    }

    /// The first bytes, unpacked.
    public byte[] head() {
        return head.clone();
    }

    /// The first bytes as Latin-1 text, which maps every byte to one character.
    public String headText() {
        return new String(head, StandardCharsets.ISO_8859_1);
    }

    /// Whether the head is text: no NUL bytes and few other control characters. Terminal escapes and carriage returns are text.
    public boolean looksLikeText() {
        return isText(head, Math.min(head.length, 4096));
    }

    private static boolean isText(byte[] bytes, int length) {
        int control = 0;
        for (int i = 0; i < length; i++) {
            int b = bytes[i] & 0xff;
            if (b < 32 && b != '\n' && b != '\r' && b != '\t' && b != 0x1b) {
                control++;
            }
        }
        return length > 0 && control * 50 <= length;
    }

    /// All bytes, unpacked, from the start. The caller closes the stream.
    public InputStream open() throws IOException {
        InputStream raw = Files.newInputStream(file);
        try {
            return switch (packing) {
                case NONE -> raw;
                // No further buffer: where a stream is cut it would lose what came before.
                case GZIP -> new Piecewise(new GZIPInputStream(raw, 1 << 16));
                case ZSTD -> new Piecewise(new ZstdInputStream(raw));
            };
        } catch (IOException e) {
            raw.close();
            throw e;
        }
    }

    /// A file with the unpacked bytes, for formats that need to be read from several places. Never write to it.
    public Path file() throws IOException {
        if (packing == Packing.NONE) {
            return file;
        }
        if (unpacked == null) {
            try (InputStream in = open()) {
                unpacked = temporaryFile();
                long most = Math.max(LEAST_EXPANDED_BYTES, Files.size(file) * MOST_EXPANSION);
                broken = !copy(in, unpacked, Math.min(MAX_SPOOLED_BYTES, most));
            }
        }
        return unpacked;
    }

    /// Whether [#file()] holds only the first part of the source, because its compression is damaged or it unpacks to more than any recording.
    public boolean broken() {
        return broken;
    }

    /// Removes temporary files.
    @Override
    public void close() throws IOException {
        if (temporary) {
            Files.deleteIfExists(file);
        }
        if (unpacked != null) {
            Files.deleteIfExists(unpacked);
        }
    }

    /// What went wrong, without the path that `java.nio` puts into some messages.
    public static String reason(IOException e) {
        return Optional.ofNullable(e.getMessage())
                .map(message -> message.substring(message.lastIndexOf('/') + 1))
                .filter(message -> !message.isBlank())
                .orElse(e.getClass().getSimpleName());
    }

    private byte[] headOf() throws IOException {
        try (InputStream in = open()) {
            return firstBytes(in, HEAD_BYTES);
        } catch (IOException e) {
            if (packing == Packing.NONE) {
                throw e;
            }
            return new byte[0];
        }
    }

    /// Up to `limit` bytes; a damaged packed stream gives what came before the damage.
    private static byte[] firstBytes(InputStream in, int limit) throws IOException {
        byte[] buffer = new byte[limit];
        int length = 0;
        try (in) {
            while (length < limit) {
                int read = in.read(buffer, length, limit - length);
                if (read < 0) {
                    break;
                }
                length += read;
            }
        } catch (IOException e) {
            if (length == 0) {
                throw e;
            }
        }
        return Arrays.copyOf(buffer, length);
    }

    private static Packing packingOf(byte[] head) {
        if (head.length >= 2 && (head[0] & 0xff) == 0x1f && (head[1] & 0xff) == 0x8b) {
            return Packing.GZIP;
        }
        boolean zstd = head.length >= 4 && head[0] == 0x28 && (head[1] & 0xff) == 0xb5 && head[2] == 0x2f && (head[3] & 0xff) == 0xfd;
        return zstd ? Packing.ZSTD : Packing.NONE;
    }

    /// Copies a pipe into a file; of what cannot be a recording, such as a device that never ends, only the first bytes.
    private static Path spool(InputStream in, String name) throws IOException {
        Path file = temporaryFile();
        byte[] first = in.readNBytes(HEAD_BYTES);
        if (first.length < HEAD_BYTES || mayBeRecording(first)) {
            copy(new SequenceInputStream(new ByteArrayInputStream(first), in), file, MAX_SPOOLED_BYTES);
        } else {
            Files.write(file, first);
        }
        if (Files.size(file) == 0) {
            Files.delete(file);
            throw UserInputException.input(name, "", "is empty", "name a file, or write a recording into the pipe");
        }
        return file;
    }

    private static boolean mayBeRecording(byte[] first) {
        String begin = new String(first, 0, 16, StandardCharsets.ISO_8859_1);
        return packingOf(first) != Packing.NONE || begin.startsWith("FLR\0") || begin.startsWith("SQLite format 3")
                || isText(first, first.length);
    }

    /// A file that does not outlive the command, not even one that is interrupted.
    private static Path temporaryFile() throws IOException {
        Path file = Files.createTempFile("iterscope-", ".input");
        file.toFile().deleteOnExit();
        return file;
    }

    /// Copies a stream into a file.
    ///
    /// @return whether all of it was; a stream that breaks off or has no end keeps what came before
    private static boolean copy(InputStream in, Path file, long most) throws IOException {
        byte[] buffer = new byte[1 << 16];
        long length = 0;
        try (OutputStream out = Files.newOutputStream(file)) {
            while (length < most) {
                int read;
                try {
                    read = in.read(buffer);
                } catch (IOException e) {
                    return false;
                }
                if (read < 0) {
                    return true;
                }
                out.write(buffer, 0, read);
                length += read;
            }
        }
        return false;
    }
}
