package dev.iterscope.projection.cli;

import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.profiler.recording.RecordingAssembler;
import dev.iterscope.projection.export.jfr.JfrWriter;
import dev.iterscope.projection.importer.Recordings;
import dev.iterscope.projection.recording.Recording;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `iterscope import`: any source, or several of one service, as a flight recording.
@Command(name = "import", mixinStandardHelpOptions = true, description = {
    "Turns logs, profiler exports and traces of any engine into a .jfr recording.",
    "Of a run that was killed, FILE.jfr.unfinished makes the recording of everything up to a second before.",
    "What a source is follows from its content; gzip and Zstandard are undone; - is standard input.",
    "Several sources are put on one clock, as recordings of one service: a log with the result of vllm bench serve, ranks, rotated logs.",
    "Read docs/reference/recordings.md for what each can say."})
final class ImportCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(arity = "1..*", paramLabel = "SOURCE", description = "Logs of vLLM, TensorRT-LLM or SGLang, nsys SQLite exports,"
            + " PyTorch traces, vllm bench serve results, .jfr files.")
    private List<Path> sources = List.of();

    @Written
    @Option(names = {"-o", "--output"}, required = true, paramLabel = "FILE.jfr", description = "The recording to write.")
    private Path output = Path.of("");

    @Mixin
    private KernelKindsMixin kernelKinds = new KernelKindsMixin();

    ImportCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        OutputOptions.requireWritable(output, "-o");
        Recording recording = sources.size() == 1 && RecordingAssembler.isUnfinished(sources.getFirst())
                ? assembled(sources.getFirst())
                : imported();
        recording.warnings().forEach(warning -> console.note("iterscope import: " + warning.message() + " (" + warning.count() + ")"));
        console.out().println(summary(recording));
        console.out().flush();
        return ExitCode.DONE;
    }

    private Recording imported() {
        Recording recording = Recordings.read(sources, kernelKinds.kinds());
        OutputFile.write(output, file -> JfrWriter.write(recording, file));
        return recording;
    }

    /// Joins what a killed run left, the JDK's events too.
    private Recording assembled(Path unfinished) {
        OutputFile.write(output, file -> {
            try {
                if (RecordingAssembler.assemble(unfinished, file).chunks() == 0) {
                    throw new IOException("the process ended before the first second was over, so nothing was written");
                }
            } catch (IOException fault) {
                throw UserInputException.input(unfinished.toString(), "", "cannot be assembled (" + Faults.reason(fault) + ")",
                        "name the note that the run left beside its file, or its repository folder, and with -o a file that can be written");
            }
        });
        return Recordings.read(List.of(output), kernelKinds.kinds());
    }

    private String summary(Recording recording) {
        StringBuilder text = new StringBuilder(output.toString()).append(": ").append(recording.source());
        append(text, recording.iterations().size(), "iterations");
        append(text, recording.requests().size(), "requests");
        append(text, recording.intervals().size(), "intervals");
        append(text, recording.kernels().size(), "kernels");
        if (!recording.iterations().isEmpty()) {
            text.append(String.format(Locale.ROOT, "; times by %s, coverage %.2f",
                    recording.timing().basis().name().toLowerCase(Locale.ROOT), recording.timing().coverage()));
        }
        return text.toString();
    }

    private static void append(StringBuilder text, int count, String what) {
        if (count > 0) {
            text.append(", ").append(count).append(' ').append(what);
        }
    }
}
