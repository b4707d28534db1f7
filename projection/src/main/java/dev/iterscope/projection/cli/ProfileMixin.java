package dev.iterscope.projection.cli;

import dev.iterscope.projection.model.table.Profile;
import dev.iterscope.projection.model.table.ProfileChoice;
import dev.iterscope.projection.model.table.ProfileReader;
import dev.iterscope.projection.model.table.UnusedTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Which tables of a folder of kernel measurements are meant, and what is said of those that were taken.
@Topic.Of(Topic.WHAT_IF)
final class ProfileMixin {
    private final Console console;

    @Option(names = "--framework", paramLabel = "NAME",
            description = "Of AIConfigurator's system folders: take the tables of vllm, sglang or trtllm.")
    private @Nullable String framework;

    @Option(names = "--table-version", paramLabel = "VERSION",
            description = "Of AIConfigurator's system folders: take this version of the framework, for instance 0.24 (default: the newest with every table that a step needs).")
    private @Nullable String version;

    ProfileMixin(Console console) {
        this.console = console;
    }

    /// Whether an option was given that chooses among tables.
    boolean given() {
        return framework != null || version != null;
    }

    /// Reads a profile and notes on `err` which files were taken and which are not used.
    ///
    /// @param needTimes whether rows without a time are dropped
    /// @param ranks     tensor-parallel ranks, where they are known
    Profile read(Path folder, boolean needTimes, OptionalInt ranks) throws IOException {
        Profile profile = ProfileReader.read(folder, needTimes,
                new ProfileChoice(Optional.ofNullable(framework), Optional.ofNullable(version), ranks));
        profile.collection().ifPresent(taken -> {
            List<String> files = taken.files().stream().map(Path::toString).toList();
            console.note("note: " + folder + ": took " + taken.framework() + " " + taken.version() + ", from " + String.join(", ", files));
            if (!taken.missing().isEmpty()) {
                console.note("note: " + folder + ": reuse.yaml names tables that are not there: " + String.join(", ", taken.missing()));
            }
        });
        if (!profile.unused().isEmpty()) {
            console.note("note: " + folder + ": not used: "
                    + String.join(", ", profile.unused().stream().map(table -> words(folder, table)).toList()));
        }
        return profile;
    }

    private static String words(Path folder, UnusedTable table) {
        Path file = table.file().startsWith(folder) && !table.file().equals(folder) ? folder.relativize(table.file()) : table.file();
        String rows = table.rows().isPresent() ? String.format(Locale.ROOT, "%,d rows", table.rows().getAsLong()) : table.reason();
        return file + " (" + rows + ")";
    }
}
