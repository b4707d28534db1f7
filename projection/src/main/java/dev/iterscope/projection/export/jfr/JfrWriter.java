package dev.iterscope.projection.export.jfr;

import dev.iterscope.projection.export.table.EventTables;
import dev.iterscope.projection.recording.Recording;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// Writes a recording as a `.jfr` file that the JDK's tools and Mission Control open and that reads back equal.
///
/// A field that the recording never knows is left out of its event type; one that is missing now and then is the type's least value or
/// NaN, which the JDK's tools print as N/A. The format is the one of the JDK's parser, `jdk.jfr.internal.consumer`; there is no
/// specification. Written by hand because the library for it manages some 30,000 events a second.
public final class JfrWriter {

    private static final String ITERATION = "iterscope.Iteration";
    private static final String DETAIL = "iterscope.IterationDetail";
    private static final int MOST_ENGINES = 4096;

    private JfrWriter() {}

    /// Writes a recording.
    ///
    /// @param file replaced if it exists
    public static void write(Recording recording, Path file) throws IOException {
        List<? extends TableWriter<?>> tables = EventTables.of(recording).stream().map(TableWriter::of).toList();
        JfrTypes types = new JfrTypes();
        tables.forEach(table -> table.describe(types));
        long start = tables.stream().mapToLong(TableWriter::firstNanos).min().orElse(0);
        int engines = 1 + recording.iterations().stream().mapToInt(step -> Math.min(step.engine(), MOST_ENGINES)).max().orElse(0);
        try (ChunkWriter out = new ChunkWriter(file, types, start == Long.MAX_VALUE ? 0 : start, engines)) {
            TableWriter<?> details = tables.stream().filter(table -> table.name().equals(DETAIL)).findFirst().orElse(null);
            for (TableWriter<?> table : tables) {
                if (table.name().equals(ITERATION) && details != null) {
                    writeInPairs(table, details, out, types, engines);
                } else if (!table.name().equals(DETAIL)) {
                    table.writeAll(out, types, engines);
                }
            }
        }
    }

    /// A step's two events stand side by side, as in a recording of our engine.
    private static void writeInPairs(TableWriter<?> steps, TableWriter<?> details, ChunkWriter out, JfrTypes types, int engines)
            throws IOException {
        steps.begin(types, engines);
        details.begin(types, engines);
        while (steps.writeNext(out)) {
            details.writeNext(out);
        }
    }
}
