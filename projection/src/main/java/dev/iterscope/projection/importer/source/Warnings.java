package dev.iterscope.projection.importer.source;

import dev.iterscope.projection.recording.RecordingWarning;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Counts warnings by their code; the first message of a code is kept.
public final class Warnings {

    private final Map<String, RecordingWarning> byCode = new LinkedHashMap<>();

    /// One more of a kind.
    public void add(String code, String message) {
        add(code, message, 1);
    }

    /// Some more of a kind; none of them is nothing.
    public void add(String code, String message, long count) {
        if (count > 0) {
            byCode.merge(
                    code,
                    new RecordingWarning(code, message, count),
                    (old, more) -> new RecordingWarning(code, old.message(), old.count() + more.count()));
        }
    }

    /// All of another list.
    public void addAll(List<RecordingWarning> warnings) {
        warnings.forEach(warning -> add(warning.code(), warning.message(), warning.count()));
    }

    /// The warnings in order of their first appearance.
    public List<RecordingWarning> list() {
        return List.copyOf(byCode.values());
    }
}
