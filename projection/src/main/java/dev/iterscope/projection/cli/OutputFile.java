package dev.iterscope.projection.cli;

import dev.iterscope.engine.request.UserInputException;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/// A file made from other files: afterwards it is whole, or as it was before.
final class OutputFile {

    private OutputFile() {}

    /// Says before the work what would otherwise be found out after it, or too late.
    ///
    /// @throws UserInputException with exit code 3 if the file cannot be written or is one of the sources
    static void require(Path target, List<Path> sources) {
        OutputOptions.requireWritable(target, "-o");
        for (Path source : sources) {
            if (isSame(source, target)) {
                throw UserInputException.input(target.toString(), "", "is also the source, which would be lost",
                        "choose another file with -o");
            }
        }
    }

    /// Writes a file beside the target, which then takes its place.
    ///
    /// @throws UserInputException with exit code 3 if it cannot be written
    static void write(Path target, Writing writing) {
        try {
            boolean replaceable = !Files.exists(target) || (Files.isRegularFile(target) && !Files.isSymbolicLink(target));
            Path folder = target.toAbsolutePath().getParent();
            if (!replaceable || folder == null || !Files.isWritable(folder)) {
                // A pipe, a device, a link, or a file in a folder that may not be changed.
                writing.write(target);
                return;
            }
            Path part = folder.resolve(target.getFileName() + ".part");
            part.toFile().deleteOnExit(); // an interrupted command never comes to the end of this block
            try {
                writing.write(part);
                Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(part);
            }
        } catch (IOException fault) {
            throw UserInputException.input(target.toString(), "", "cannot be written (" + Faults.reason(fault) + ")",
                    "choose another file with -o");
        }
    }

    /// The same for text.
    static void writeText(Path target, TextWriting writing) {
        write(target, file -> {
            try (BufferedWriter writer = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
                writing.write(writer);
            }
        });
    }

    private static boolean isSame(Path source, Path target) {
        try {
            return Files.isRegularFile(source) && Files.exists(target) && Files.isSameFile(source, target);
        } catch (IOException e) {
            return false;
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
