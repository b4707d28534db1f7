package dev.iterscope.projection.cli;

import dev.iterscope.projection.importer.kernels.KernelKinds;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The option that extends the table of kernel names, of every command that reads traces.
@Topic.Of(Topic.RECORDING)
final class KernelKindsMixin {
    @Option(names = "--kernel-kinds", paramLabel = "FILE",
            description = "Kinds of kernels by name, before the built-in table: a kind and a regular expression on each line.")
    private @Nullable Path file;

    /// The table.
    KernelKinds kinds() {
        return file == null ? KernelKinds.standard() : KernelKinds.with(file);
    }
}
