package dev.iterscope.projection.cli;

import dev.iterscope.engine.request.UserInputException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/// `--format` and `-o`, the same for every command that reports. Mix it in and hand the rendering to [#write].
@Topic.Of(Topic.OUTPUT)
final class OutputOptions {

    /// Renderings of a report.
    enum Format {
        /// For people.
        TEXT,
        /// With `schema_version`.
        JSON,
        /// One table with a header row.
        CSV,
        /// One self-contained page.
        HTML;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }

        /// Reads one.
        static final class Converter implements ITypeConverter<Format> {
            @Override
            public Format convert(String text) {
                return Spelling.read(text, values());
            }
        }
    }

    @Option(names = "--format", paramLabel = "FORMAT", defaultValue = "text", converter = Format.Converter.class,
            description = "How the result is written: text, json or csv; project and sweep also html (default: ${DEFAULT-VALUE}).")
    private Format format = Format.TEXT;

    @Written
    @Option(names = {"-o", "--output"}, paramLabel = "FILE", description = "Write the result to FILE instead of standard output.")
    private @Nullable Path file;

    /// The rendering that was asked for.
    Format format() {
        return format;
    }

    /// The file to write to, if not standard output.
    Optional<Path> file() {
        return Optional.ofNullable(file);
    }

    /// Refuses a rendering that the command does not have, and a file that could not be written at the end of all the work.
    ///
    /// @throws UserInputException with exit code 2 for the rendering, 3 for the file
    void requireOneOf(String command, Set<Format> known) {
        if (!known.contains(format)) {
            throw UserInputException.usage("iterscope " + command + " has no --format " + format + "; it writes " + known);
        }
        requireWritable("-o");
    }

    /// Says before the work what would otherwise be found out after it.
    void requireWritable(String option) {
        if (file != null) {
            requireWritable(file, option);
        }
    }

    /// The same for the file of another option.
    ///
    /// @throws UserInputException with exit code 3
    static void requireWritable(Path target, String option) {
        Path folder = target.toAbsolutePath().getParent();
        String what;
        if (folder == null || Files.isDirectory(target)) {
            what = "is a folder";
        } else if (!Files.isDirectory(folder)) {
            what = "cannot be written (no folder " + folder + ")";
        } else if (Files.exists(target) ? Files.isWritable(target) : Files.isWritable(folder)) {
            return;
        } else {
            what = "cannot be written (no permission)";
        }
        throw UserInputException.input(target.toString(), "", what, "choose another file with " + option);
    }

    /// Hands the rendering a writer on the file or on standard output.
    ///
    /// @throws UserInputException with exit code 3 when the file cannot be written
    void write(Console console, Consumer<PrintWriter> rendering) {
        Path target = file;
        if (target == null) {
            rendering.accept(console.out());
            console.out().flush();
            return;
        }
        OutputFile.print(target, rendering);
    }
}
