package dev.iterscope.projection.report;

import dev.iterscope.projection.workload.WorkloadOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// What the command behind a report was given and what it ran, so that a report can name it again.
///
/// @param recordings the recordings as they were named, for commands to paste; empty where none was
/// @param workload   the workload's options as they were given
/// @param measured   on what the measurements beside the predictions ran; empty where nothing was measured
public record Provenance(List<Path> recordings, WorkloadOptions workload, Optional<String> measured) {
    /// Nothing is known of a command.
    public static final Provenance NONE = new Provenance(List.of(), WorkloadOptions.NONE, Optional.empty());

    /// Keeps an unmodifiable copy.
    public Provenance {
        recordings = List.copyOf(recordings);
    }

    /// The same with what was measured.
    public Provenance measuredOn(String what) {
        return new Provenance(recordings, workload, Optional.of(what));
    }
}
