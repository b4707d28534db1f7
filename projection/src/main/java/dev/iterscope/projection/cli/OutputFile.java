package dev.iterscope.projection.cli;

import dev.iterscope.engine.request.UserInputException;
import java.io.BufferedWriter;
import java.io.FilterWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A file that a command writes: afterwards it is whole, or as it was before.
final class OutputFile {

    private OutputFile() {}

    /// Writes a file beside the target, which then takes its place.
    ///
    /// @throws UserInputException with exit code 3 if it cannot be written
    static void write(Path target, Writing writing) {
        try {
            Path real = Files.isRegularFile(target) ? target.toRealPath() : target;
            Path folder = real.toAbsolutePath().getParent();
            boolean replaceable = Files.isRegularFile(real) || !Files.exists(real);
            if (!replaceable || folder == null || !Files.isWritable(folder)) {
                // A pipe, a device, or a file in a folder that may not be changed.
                writing.write(real);
                return;
            }
            Path part = beside(folder, String.valueOf(real.getFileName()));
            part.toFile().deleteOnExit(); // an interrupted command never comes to the end of this block
            try {
                writing.write(part);
                keepPermissions(real, part);
                Files.move(part, real, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(part);
            }
        } catch (UncheckedIOException fault) {
            throw unwritable(target, Objects.requireNonNull(fault.getCause(), "its constructor demands one"));
        } catch (IOException fault) {
            throw unwritable(target, fault);
        }
    }

    /// A name that no file of the user has.
    private static Path beside(Path folder, String name) {
        Path part = folder.resolve(name + ".part");
        for (int i = 2; Files.exists(part); i++) {
            part = folder.resolve(name + ".part" + i);
        }
        return part;
    }

    /// A file that only its owner could read stays so.
    private static void keepPermissions(Path target, Path part) throws IOException {
        PosixFileAttributeView view = Files.getFileAttributeView(target, PosixFileAttributeView.class);
        if (view != null && Files.exists(target)) {
            Files.setPosixFilePermissions(part, view.readAttributes().permissions());
        }
    }

    private static UserInputException unwritable(Path target, IOException fault) {
        String reason = fault instanceof FileSystemException system
                ? Optional.ofNullable(system.getReason()).orElse("no file can be made in its folder")
                : Faults.reason(fault);
        return UserInputException.input(target.toString(), "", "cannot be written (" + reason + ")", "choose another file with -o");
    }

    /// The same for text.
    static void writeText(Path target, TextWriting writing) {
        write(target, file -> {
            try (BufferedWriter writer = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
                writing.write(writer);
            }
        });
    }

    /// The same for a report, whose rendering does not ask whether what it prints arrives.
    static void print(Path target, Consumer<PrintWriter> rendering) {
        writeText(target, to -> {
            FaultKeeper keeper = new FaultKeeper(to);
            PrintWriter writer = new PrintWriter(keeper);
            rendering.accept(writer);
            writer.flush();
            if (keeper.first != null) {
                throw keeper.first;
            }
        });
    }

    /// Keeps the fault that a [PrintWriter] would swallow.
    private static final class FaultKeeper extends FilterWriter {
        private @Nullable IOException first;

        FaultKeeper(Writer to) {
            super(to);
        }

        @Override
        public void write(int c) throws IOException {
            attempt(() -> out.write(c));
        }

        @Override
        public void write(char[] text, int from, int length) throws IOException {
            attempt(() -> out.write(text, from, length));
        }

        @Override
        public void write(String text, int from, int length) throws IOException {
            attempt(() -> out.write(text, from, length));
        }

        @Override
        public void flush() throws IOException {
            attempt(out::flush);
        }

        private void attempt(Attempt writing) throws IOException {
            try {
                writing.run();
            } catch (IOException fault) {
                first = first == null ? fault : first;
                throw fault;
            }
        }

        private interface Attempt {
            void run() throws IOException;
        }
    }

    /// Writes a file's content.
    interface Writing {
        /// Writes all of it.
        void write(Path file) throws IOException;
    }

    /// Writes a text.
    interface TextWriting {
        /// Writes all of it.
        void write(Writer to) throws IOException;
    }
}
