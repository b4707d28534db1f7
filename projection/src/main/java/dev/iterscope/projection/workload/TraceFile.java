package dev.iterscope.projection.workload;

import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.importer.Recordings;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Reads files of requests. The kind is recognised from the first line, never from the name.
public final class TraceFile {
    private static final String KINDS = "use an Azure CSV (TIMESTAMP,ContextTokens,GeneratedTokens), a Mooncake JSONL, a request JSONL "
            + "(input_toks, output_toks, arrival_time), a result file of `vllm bench serve --save-result` or a .jfr of iterscope run";

    /// First bytes of a flight recording.
    private static final byte[] FLIGHT_RECORDING = {'F', 'L', 'R', 0};

    /// The known formats, asked in this order.
    private static final List<TraceFormat> FORMATS =
            List.of(new AzureCsv(), new MooncakeLines(), new RequestLines(), new BenchResult());

    private TraceFile() {}

    /// Reads at most `limit` requests of a file.
    ///
    /// @param file  the file
    /// @param limit most requests to read
    /// @throws UserInputException when the file cannot be read, is of no known kind, or holds a row that cannot be used
    public static Trace read(Path file, int limit) {
        String name = String.valueOf(file.getFileName());
        if (isRecording(file)) {
            return RecordedWorkload.trace(Recordings.read(List.of(file))).orElseThrow(() -> UserInputException.input(
                    name, "", "the recording holds no request of known length", "record with iterscope run, or name a file of requests"));
        }
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPLACE)
                .onUnmappableCharacter(CodingErrorAction.REPLACE);
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(Files.newInputStream(file), decoder), 1 << 16)) {
            LineSource lines = new LineSource(name, reader);
            Optional<String> first = lines.peek();
            if (first.isEmpty()) {
                throw UserInputException.input(name, "", "the file is empty", KINDS);
            }
            for (TraceFormat format : FORMATS) {
                if (format.recognises(first.get())) {
                    Trace trace = format.read(lines, limit);
                    if (trace.entries().isEmpty()) {
                        throw UserInputException.input(name, "", "it holds no request", "give a file with at least one");
                    }
                    return trace;
                }
            }
            throw UserInputException.input(name, "line 1", "not a workload of a known kind", KINDS);
        } catch (NoSuchFileException e) {
            throw UserInputException.input(name, "", "no such file", "check the path");
        } catch (IOException e) {
            throw UserInputException.input(name, "", "cannot be read (" + e.getMessage() + ")", "check the path and its permissions");
        }
    }

    private static boolean isRecording(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return Arrays.equals(in.readNBytes(FLIGHT_RECORDING.length), FLIGHT_RECORDING);
        } catch (IOException unreadable) {
            // Reading it as text says what is wrong.
            return false;
        }
    }
}
