package dev.iterscope.projection.importer.jfr;

import dev.iterscope.projection.importer.source.RecordingBuilder;
import dev.iterscope.projection.recording.Timing;
import dev.iterscope.projection.recording.Timing.Basis;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// `iterscope.Source` and `iterscope.Warning`: what an imported recording was made from. Our engine writes neither.
final class Provenance extends EventMapper {

    private final RecordingBuilder into;
    private final Column source = column("source");
    private final Column files = column("files");
    private final Column timingBasis = column("timingBasis");
    private final Column timingCoverage = column("timingCoverage");
    private final Warning warning = new Warning();
    private @Nullable String kind;
    private List<String> fileNames = List.of();

    Provenance(RecordingBuilder into) {
        this.into = into;
    }

    /// Whether the recording is an imported one: what it does not say is unknown, and must not be derived.
    boolean imported() {
        return kind != null;
    }

    /// The kind of the source that was imported.
    Optional<String> kind() {
        return Optional.ofNullable(kind);
    }

    /// The imported files.
    List<String> files() {
        return fileNames;
    }

    EventMapper warning() {
        return warning;
    }

    @Override
    void map(EventRow row) {
        kind = source.text(row);
        for (Basis basis : Basis.values()) {
            double coverage = timingCoverage.real(row);
            if (timingBasis.text(row).equals(basis.name()) && coverage >= 0) {
                into.timing(new Timing(basis, coverage));
            }
        }
        fileNames = files.text(row).isEmpty() ? List.of() : List.of(files.text(row).split("\n"));
    }

    /// The warnings of the import.
    private final class Warning extends EventMapper {
        private final Column code = column("code");
        private final Column message = column("message");
        private final Column count = column("count");
        private final Set<String> seen = new HashSet<>();

        @Override
        void map(EventRow row) {
            if (seen.add(code.text(row))) {
                into.warnings().add(code.text(row), message.text(row), count.integer(row, 1));
            }
        }
    }
}
