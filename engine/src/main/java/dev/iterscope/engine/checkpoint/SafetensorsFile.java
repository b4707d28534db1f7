package dev.iterscope.engine.checkpoint;

import dev.iterscope.engine.request.UserInputException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/// Reads the tensors of one safetensors file: 8 bytes header length, header, data. The data is mapped, not read.
final class SafetensorsFile {
    /// The format's own limit.
    private static final long MAX_HEADER_BYTES = 100_000_000;

    private static final int LENGTH_BYTES = Long.BYTES;
    private static final ValueLayout.OfLong LENGTH = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private SafetensorsFile() {}

    /// The tensors of `path`; valid while `arena` lives.
    ///
    /// @throws UserInputException when the file cannot be read or contradicts itself
    static List<Tensor> read(Path path, Arena arena) {
        String file = path.toString();
        MemorySegment bytes = map(path, arena);
        if (bytes.byteSize() < LENGTH_BYTES) {
            throw UserInputException.input(file, "", "too short for a safetensors file", "download it again");
        }
        long headerBytes = bytes.get(LENGTH, 0);
        if (headerBytes < 2 || headerBytes > MAX_HEADER_BYTES || headerBytes > bytes.byteSize() - LENGTH_BYTES) {
            throw UserInputException.input(
                    file,
                    "header",
                    "its length is given as " + Long.toUnsignedString(headerBytes) + " bytes, the file has " + bytes.byteSize(),
                    "this is no safetensors file, or it is cut; download it again");
        }
        byte[] json = bytes.asSlice(LENGTH_BYTES, headerBytes).toArray(ValueLayout.JAVA_BYTE);
        MemorySegment data = bytes.asSlice(LENGTH_BYTES + headerBytes);
        List<Tensor> tensors = new ArrayList<>();
        for (SafetensorsHeader.Entry entry : SafetensorsHeader.parse(file, json, data.byteSize()).entries()) {
            tensors.add(new Tensor(
                    entry.name(), entry.dtype(), entry.shape(), data.asSlice(entry.begin(), entry.end() - entry.begin()), file));
        }
        return tensors;
    }

    private static MemorySegment map(Path path, Arena arena) {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            return channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
        } catch (NoSuchFileException e) {
            throw UserInputException.input(path.toString(), "", "no such file", "check the model's folder");
        } catch (IOException e) {
            throw UserInputException.input(path.toString(), "", "cannot be read", "check that it is a file and may be read");
        }
    }
}
