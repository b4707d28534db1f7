package dev.iterscope.projection.importer.source;

import java.io.IOException;
import java.util.function.Consumer;

/// Reads a log line by line and reports what could not be read.
public final class LogLines {

    private LogLines() {}

    /// Shows each line that is not empty, as [Lines] gives it.
    ///
    /// @throws IOException if the source cannot be opened
    public static void forEach(Source source, Warnings warnings, Consumer<String> visitor) throws IOException {
        try (Lines lines = new Lines(source.open())) {
            for (String line = lines.next(); line != null; line = lines.next()) {
                visitor.accept(line);
            }
            warnings.add("line-too-long", "lines longer than 1 MiB were skipped", lines.tooLong());
            if (lines.broken()) {
                JsonObjects.warnBroken(warnings);
            }
        }
    }
}
