package dev.iterscope.projection.cli;

import dev.iterscope.projection.answer.Sources;
import dev.iterscope.projection.importer.Recordings;
import dev.iterscope.projection.recording.Recording;
import java.nio.file.Path;
import java.util.List;

/// The recordings named on a command line.
final class RecordingArguments {
    private RecordingArguments() {}

    /// Reads one or more recordings of one service; each also by itself where there are several, since their settings differ.
    static Sources read(List<Path> files) {
        Recording merged = Recordings.read(files);
        List<Recording> each =
                files.size() == 1 ? List.of(merged) : files.stream().map(file -> Recordings.read(List.of(file))).toList();
        return Sources.of(merged, each);
    }
}
