package dev.iterscope.engine.checkpoint;

import dev.iterscope.engine.request.UserInputException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.List;

/// One safetensors file: 8 bytes header length, header, data. The data is mapped, not read.
///
/// @param path     the file
/// @param bytes    its length when it was mapped
/// @param modified when it had been changed last
/// @param tensors  in ascending order of their bytes; valid while the arena lives
record SafetensorsFile(Path path, long bytes, FileTime modified, List<Tensor> tensors) {
    /// The format's own limit.
    private static final long MAX_HEADER_BYTES = 100_000_000;

    private static final int LENGTH_BYTES = Long.BYTES;

    SafetensorsFile {
        tensors = List.copyOf(tensors);
    }

    /// Maps `path`.
    ///
    /// @throws UserInputException when the file cannot be read or contradicts itself
    static SafetensorsFile open(Path path, Arena arena) {
        String file = path.toString();
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            throw UserInputException.input(file, "", "is not a file", "download it again"); // a pipe would be waited for
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            FileTime modified = Files.getLastModifiedTime(path);
            long bytes = channel.size();
            byte[] json = header(file, channel, bytes);
            long dataAt = (long) LENGTH_BYTES + json.length;
            SafetensorsHeader header = SafetensorsHeader.parse(file, json, bytes - dataAt);
            MemorySegment data = channel.map(MapMode.READ_ONLY, 0, bytes, arena).asSlice(dataAt);
            return new SafetensorsFile(path, bytes, modified, header.entries().stream()
                    .map(entry -> new Tensor(
                            entry.name(), entry.dtype(), entry.shape(), data.asSlice(entry.begin(), entry.end() - entry.begin()), file))
                    .toList());
        } catch (NoSuchFileException e) {
            throw UserInputException.input(file, "", "no such file", "check the model's folder");
        } catch (IOException e) {
            throw UserInputException.input(file, "", "cannot be read", "check that it is a file and may be read");
        }
    }

    private static byte[] header(String file, FileChannel channel, long bytes) throws IOException {
        if (bytes < LENGTH_BYTES) {
            throw UserInputException.input(file, "", "too short for a safetensors file", "download it again");
        }
        long headerBytes = read(file, channel, LENGTH_BYTES).getLong();
        if (headerBytes < 2 || headerBytes > MAX_HEADER_BYTES || headerBytes > bytes - LENGTH_BYTES) {
            throw UserInputException.input(
                    file,
                    "header",
                    "its length is given as " + Long.toUnsignedString(headerBytes) + " bytes, the file has " + bytes,
                    "this is no safetensors file, or it is cut; download it again");
        }
        return read(file, channel, (int) headerBytes).array();
    }

    private static ByteBuffer read(String file, FileChannel channel, int bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                throw UserInputException.input(file, "header", "was cut while it was read", "wait until the file is complete");
            }
        }
        return buffer.flip();
    }

    /// Checks that the file is still what was mapped: what was read behind the end of a file that was cut is not what it held.
    ///
    /// @throws UserInputException when it was cut or written to
    void requireUnchanged() {
        try {
            long now = Files.size(path);
            if (now != bytes) {
                throw changed("had " + bytes + " bytes when it was opened and has " + now + " after it was read");
            }
            if (!Files.getLastModifiedTime(path).equals(modified)) {
                throw changed("was written to while it was read");
            }
        } catch (IOException e) {
            throw changed("is no longer there after it was read");
        }
    }

    private UserInputException changed(String what) {
        return UserInputException.input(path.toString(), "", what, "wait until the file is complete, then start again");
    }
}
