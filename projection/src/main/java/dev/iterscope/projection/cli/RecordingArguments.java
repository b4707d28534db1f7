package dev.iterscope.projection.cli;

import dev.iterscope.projection.answer.Sources;
import dev.iterscope.projection.importer.Recordings;
import dev.iterscope.projection.importer.kernels.KernelKinds;
import java.nio.file.Path;
import java.util.List;

/// The recordings named on a command line.
final class RecordingArguments {
    private RecordingArguments() {}

    /// Reads one or more recordings of one service, with the built-in table of kernel names.
    static Sources read(List<Path> files, TogetherOption together) {
        return read(files, KernelKinds.standard(), together);
    }

    /// Reads one or more recordings of one service; each run also by itself where there are several, since their settings differ.
    static Sources read(List<Path> files, KernelKinds kinds, TogetherOption together) {
        Recordings.Runs runs = Recordings.readRuns(files, kinds, together.together());
        return Sources.of(runs.merged(), runs.each());
    }
}
