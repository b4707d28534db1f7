package dev.iterscope.projection.importer.vllm;

import dev.iterscope.projection.importer.source.Warnings;

/// Counts the lines that hold no measurement, by what they are.
final class IgnoredLines {

    private final Warnings warnings;
    private long access;
    private long requests;
    private long progress;
    private long other;

    IgnoredLines(Warnings warnings) {
        this.warnings = warnings;
    }

    void count(String line) {
        if (line.contains(" HTTP/1.")) {
            access++;
        } else if (line.contains("Generated response ") || line.contains("Received request ")) {
            requests++;
        } else if (line.contains("it/s]") || line.contains("s/it]") || line.contains("%|")) {
            progress++;
        } else {
            other++;
        }
    }

    /// Reports the counts.
    void report() {
        warnings.add("ignored-access-lines", "lines of the HTTP access log, which hold no measurement", access);
        warnings.add("ignored-request-lines", "lines about single requests and their texts", requests);
        warnings.add("ignored-progress-lines", "progress bars", progress);
        warnings.add("ignored-lines", "other lines that hold no measurement", other);
    }
}
