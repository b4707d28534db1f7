package dev.iterscope.profiler.recording;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Makes one recording of what a killed process left in its Flight Recorder repository.
///
/// The last chunk of such a process is whole up to its last flush but still marked as being written, and the JDK's
/// tools wait for its end in vain ("stuck in locked stream state"; `jfr assemble` copies the mark). Here the chunk is
/// cut at its last flush and marked as finished.
public final class RecordingAssembler {

    /// Ending of the note beside a recording that is still running, which names the repository.
    static final String UNFINISHED = ".unfinished";

    private static final String CHUNK_ENDING = ".jfr";
    private static final String COMMENT = "# ";
    private static final long LARGEST_NOTE = 1 << 16;

    private RecordingAssembler() {}

    /// What became of the chunks.
    ///
    /// @param chunks chunks in the recording
    /// @param bytes size of the recording
    /// @param unreadable chunks that held nothing readable, since the process ended before their first flush
    public record Assembled(int chunks, long bytes, List<Path> unreadable) {

        /// Copies the list.
        public Assembled {
            unreadable = List.copyOf(unreadable);
        }
    }

    /// The text of the note beside a recording, for people and for [#assemble].
    static String note(Path file, String repository) {
        return COMMENT + file.getFileName() + " is being recorded. If the process was killed, this makes the recording of what it left:\n"
                + COMMENT + "iterscope import " + file.getFileName() + UNFINISHED + " -o " + file.getFileName() + "\n"
                + repository + "\n";
    }

    /// Whether this is something that [#assemble] takes: a note by its name, or a folder with chunks.
    public static boolean isUnfinished(Path source) {
        if (source.toString().endsWith(UNFINISHED)) {
            return Files.isRegularFile(source);
        }
        try {
            return Files.isDirectory(source) && !chunkFiles(source).isEmpty();
        } catch (IOException e) {
            return false;
        }
    }

    /// Joins the chunks.
    ///
    /// @param source the note `FILE.unfinished` that [FlightRecording] leaves beside its file, or a repository folder
    /// @param target the recording to write; replaced if it exists
    /// @throws IOException if there is no chunk to read or the target cannot be written
    public static Assembled assemble(Path source, Path target) throws IOException {
        Path repository = Files.isDirectory(source) ? source : repositoryOf(source);
        List<Path> chunkFiles = chunkFiles(repository);
        if (chunkFiles.isEmpty()) {
            throw new IOException(repository + " holds no Flight Recorder chunk");
        }
        int chunks = 0;
        List<Path> unreadable = new ArrayList<>();
        try (FileChannel out = FileChannel.open(
                target, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            for (Path chunkFile : chunkFiles) {
                if (append(chunkFile, out)) {
                    chunks++;
                } else {
                    unreadable.add(chunkFile);
                }
            }
            return new Assembled(chunks, out.size(), unreadable);
        }
    }

    private static Path repositoryOf(Path note) throws IOException {
        if (Files.size(note) > LARGEST_NOTE) {
            throw new IOException("it is no note of an unfinished recording");
        }
        String named = Files.readString(note).lines().filter(line -> !line.startsWith("#")).findFirst().orElse("").strip();
        try {
            Path repository = Path.of(named);
            if (!named.isEmpty() && Files.isDirectory(repository)) {
                return repository;
            }
        } catch (InvalidPathException e) {
            // no more a folder than one that is gone
        }
        throw new IOException(
                "it names no folder with chunks: a process that ends by itself removes it, and so may the system at a restart");
    }

    /// The JVM names chunks by their time, so that the order of names is theirs.
    private static List<Path> chunkFiles(Path repository) throws IOException {
        try (Stream<Path> files = Files.list(repository)) {
            return files.filter(file -> file.toString().endsWith(CHUNK_ENDING)).sorted().toList();
        }
    }

    /// @return whether the chunk holds anything readable
    private static boolean append(Path chunkFile, FileChannel out) throws IOException {
        try (FileChannel in = FileChannel.open(chunkFile)) {
            if (in.size() < ChunkHeader.BYTES) {
                return false;
            }
            ChunkHeader header = ChunkHeader.read(in, 0);
            if (!header.isReadable(in.size())) {
                return false;
            }
            long begin = out.size();
            copy(in, header.size(), out);
            if (!header.finished()) {
                out.write(ByteBuffer.allocate(1), begin + ChunkHeader.STATE);
            }
            return true;
        }
    }

    private static void copy(FileChannel in, long size, FileChannel out) throws IOException {
        out.position(out.size());
        long done = 0;
        while (done < size) {
            long count = in.transferTo(done, size - done, out);
            if (count <= 0) {
                throw new EOFException("chunk ended at byte " + done + " of " + size);
            }
            done += count;
        }
    }
}
