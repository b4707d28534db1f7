package dev.iterscope.projection.cli;

import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.export.ChromeTraceExport;
import dev.iterscope.projection.export.CsvExport;
import dev.iterscope.projection.export.VllmLogExport;
import dev.iterscope.projection.export.parquet.ParquetExport;
import dev.iterscope.projection.export.table.EventTable;
import dev.iterscope.projection.export.table.EventTables;
import dev.iterscope.projection.importer.Recordings;
import dev.iterscope.projection.recording.Recording;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `iterscope export`: a recording as what pandas, grep and Perfetto read.
@Command(name = "export", mixinStandardHelpOptions = true, description = {
    "Writes a recording in a form that other tools read.",
    "csv and parquet write one table for each event: into the folder named with -o, or the one named with --event.",
    "vllm-log writes vLLM's iteration and 10-second lines, chrome-trace a trace for Perfetto (ui.perfetto.dev)."})
final class ExportCommand implements Callable<Integer> {
    private final Console console;

    /// What can be written.
    enum Format {
        /// Comma-separated values with a header row.
        CSV,
        /// Apache Parquet.
        PARQUET,
        /// vLLM's log lines.
        VLLM_LOG,
        /// Chrome's trace event format.
        CHROME_TRACE;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        /// Reads one.
        static final class Converter implements ITypeConverter<Format> {
            @Override
            public Format convert(String text) {
                return Spelling.read(text, values());
            }
        }
    }

    @Parameters(arity = "1..*", paramLabel = "RECORDING", description = "A .jfr file or any source that import takes.")
    private List<Path> sources = List.of();

    @Option(names = "--format", required = true, paramLabel = "FORMAT", converter = Format.Converter.class,
            description = "One of ${COMPLETION-CANDIDATES}.")
    private Format format = Format.CSV;

    @Written
    @Option(names = {"-o", "--output"}, paramLabel = "FILE",
            description = "The file to write, or the folder for several tables (default: standard output).")
    private @Nullable Path output;

    @Option(names = "--event", paramLabel = "NAME",
            description = "The event whose table is written, for example iterscope.Iteration (default: all).")
    private @Nullable String event;

    @Mixin
    private KernelKindsMixin kernelKinds = new KernelKindsMixin();

    ExportCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        if (output != null && writesOneFile()) {
            OutputOptions.requireWritable(output, "-o");
        }
        Recording recording = Recordings.read(sources, kernelKinds.kinds());
        switch (format) {
            case CSV, PARQUET -> tables(recording);
            case VLLM_LOG -> {
                long withoutTime = text(to -> VllmLogExport.write(recording, to));
                if (withoutTime > 0) {
                    console.note("iterscope export: " + withoutTime + " iterations have no time and carry that of the epoch");
                }
            }
            case CHROME_TRACE -> text(to -> {
                ChromeTraceExport.write(recording, to);
                return 0;
            });
        }
        return ExitCode.DONE;
    }

    private boolean writesOneFile() {
        return event != null || format == Format.VLLM_LOG || format == Format.CHROME_TRACE;
    }

    private void tables(Recording recording) throws IOException {
        List<EventTable<?>> tables = EventTables.of(recording);
        if (event != null) {
            table(tables);
            return;
        }
        if (output == null) {
            throw UserInputException.usage("several tables need a folder; name it with -o, or one table with --event: "
                    + String.join(", ", tables.stream().map(EventTable::event).toList()));
        }
        Path folder = output;
        try {
            Files.createDirectories(folder);
        } catch (IOException fault) {
            String what =
                    Files.exists(folder) ? "is no folder, which several tables need" : "cannot be made (" + Faults.reason(fault) + ")";
            throw UserInputException.input(folder.toString(), "", what, "choose another with -o, or one table with --event");
        }
        for (EventTable<?> table : tables) {
            one(table, folder.resolve(table.event() + "." + format));
        }
    }

    private void table(List<EventTable<?>> tables) throws IOException {
        EventTable<?> wanted = tables.stream()
                .filter(table -> table.event().equals(event))
                .findFirst()
                .orElseThrow(() -> UserInputException.usage("the recording has no " + event + "; it has "
                        + String.join(", ", tables.stream().map(EventTable::event).toList())));
        if (output != null) {
            one(wanted, output);
        } else if (format == Format.CSV) {
            CsvExport.write(wanted, console.out());
            console.out().flush();
        } else {
            throw UserInputException.usage("Parquet is not text; name a file with -o");
        }
    }

    private void one(EventTable<?> table, Path file) {
        if (format == Format.PARQUET) {
            OutputFile.write(file, to -> ParquetExport.write(table, to));
        } else {
            OutputFile.writeText(file, to -> CsvExport.write(table, to));
        }
    }

    /// Writes text to the file or to standard output.
    private long text(Rendering rendering) throws IOException {
        if (output == null) {
            long result = rendering.write(console.out());
            console.out().flush();
            return result;
        }
        long[] result = {0};
        OutputFile.writeText(output, to -> result[0] = rendering.write(to));
        return result[0];
    }

    /// Writes a recording as text.
    private interface Rendering {
        long write(Writer to) throws IOException;
    }
}
