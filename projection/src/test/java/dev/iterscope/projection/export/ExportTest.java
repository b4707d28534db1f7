package dev.iterscope.projection.export;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import dev.hardwood.InputFile;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowReader;
import dev.iterscope.projection.RandomRecording;
import dev.iterscope.projection.export.parquet.ParquetExport;
import dev.iterscope.projection.export.table.Column;
import dev.iterscope.projection.export.table.EventTable;
import dev.iterscope.projection.export.table.EventTables;
import dev.iterscope.projection.importer.Recordings;
import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.Recording;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExportTest {

    @TempDir
    Path folder;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void csvHoldsEveryStep(long seed) throws IOException {
        Recording recording = RandomRecording.of(seed, 50);
        StringWriter text = new StringWriter();
        CsvExport.write(table(recording, "iterscope.Iteration"), text);

        List<NamedCsvRecord> rows = CsvReader.builder().ofNamedCsvRecord(text.toString()).stream().toList();
        assertThat(rows).hasSameSizeAs(recording.iterations());
        for (int i = 0; i < rows.size(); i++) {
            Iteration step = recording.iterations().get(i);
            assertThat(rows.get(i).getField("contextTokens")).isEqualTo(String.valueOf(step.contextTokens()));
            assertThat(rows.get(i).getField("engine")).isEqualTo(String.valueOf(step.engine()));
            assertThat(rows.get(i).getField("waitingRequests")).isEqualTo(
                    step.waitingRequests().isPresent() ? String.valueOf(step.waitingRequests().getAsLong()) : "");
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void parquetHoldsEveryStepForAnIndependentReader(long seed) throws IOException {
        Recording recording = RandomRecording.of(seed, 50);
        Path file = folder.resolve("steps.parquet");
        ParquetExport.write(table(recording, "iterscope.Iteration"), file);

        try (ParquetFileReader reader = ParquetFileReader.open(InputFile.of(file)); RowReader rows = reader.rowReader()) {
            for (Iteration step : recording.iterations()) {
                assertThat(rows.hasNext()).isTrue();
                rows.next();
                assertThat(rows.getInt("contextTokens")).isEqualTo(step.contextTokens());
                assertThat(rows.getInt("engine")).isEqualTo(step.engine());
                assertThat(rows.getLong("startNanos")).isEqualTo(step.startNanos().orElseThrow());
                assertThat(rows.isNull("waitingRequests")).isEqualTo(step.waitingRequests().isEmpty());
                if (step.kv().isPresent() && step.kv().get().share().isPresent()) {
                    assertThat(rows.getFloat("kvUsage")).isEqualTo((float) step.kv().get().share().getAsDouble());
                }
            }
            assertThat(rows.hasNext()).isFalse();
        }
        for (EventTable<?> table : EventTables.of(recording)) {
            ParquetExport.write(table, file);
            try (ParquetFileReader reader = ParquetFileReader.open(InputFile.of(file)); RowReader rows = reader.rowReader()) {
                assertSameCells(table, rows);
            }
        }
    }

    /// Every cell, as the reader of another project tells it.
    private static <R> void assertSameCells(EventTable<R> table, RowReader rows) {
        for (R row : table.rows()) {
            assertThat(rows.hasNext()).isTrue();
            rows.next();
            for (Column<R> column : table.knownColumns()) {
                Object expected = column.of(row);
                String name = column.name();
                Object read = rows.isNull(name) ? null : switch (column.type()) {
                    case INT -> (long) rows.getInt(name);
                    case LONG, NANOS, BYTES -> rows.getLong(name);
                    case FLOAT -> rows.getFloat(name);
                    case DOUBLE -> rows.getDouble(name);
                    case BOOLEAN -> rows.getBoolean(name);
                    case TEXT -> rows.getString(name);
                };
                Object kept = column.type() == Column.Type.FLOAT && expected instanceof Double share ? share.floatValue() : expected;
                assertThat(read).as("%s %s", table.event(), name).isEqualTo(kept);
            }
        }
        assertThat(rows.hasNext()).as(table.event()).isFalse();
    }

    @Test
    void vllmLinesReadBackAsTheSameIterations() throws IOException {
        Path log = Files.writeString(folder.resolve("server.log"),
                """
                        (EngineCore_DP0 pid=5) INFO 02-18 16:21:20 [core.py:387] Iteration(188): 1 context requests, 7 context tokens, 50 generation\
                         requests, 51 generation tokens, iteration elapsed time: 10.25 ms, kv cache: 5.1% (3500/68959 blocks, 56000 tokens)
                        (EngineCore_DP0 pid=5) INFO 02-18 16:21:21 [core.py:387] Iteration(189): 0 context requests, 0 context tokens, 0 generation\
                         requests, 0 generation tokens, iteration elapsed time: 0.72 ms (dummy)
                        (APIServer pid=66) INFO 02-18 16:21:22 [loggers.py:273] Engine 001: Iteration(1): 0 context requests, 0 context tokens,\
                         3 generation requests, 3 generation tokens, iteration elapsed time: 257.32 ms, GPU KV cache usage: 0.6%, encoder inputs: 1,\
                         encoder output embeddings: 576
                        (APIServer pid=66) INFO 02-18 16:21:23 [loggers.py:259] Engine 000: Avg prompt throughput: 23998.2 tokens/s, Avg generation\
                         throughput: 18.1 tokens/s, Running: 10 reqs, Waiting: 90 reqs, GPU KV cache usage: 19.3%, Prefix cache hit rate: 0.0%
                        """);
        Recording recording = Recordings.read(List.of(log));
        StringWriter text = new StringWriter();
        assertThat(VllmLogExport.write(recording, text)).isZero();

        Recording again = Recordings.read(List.of(Files.writeString(folder.resolve("again.log"), text.toString())));
        // The log says no year, so both clocks begin at midnight of the first day.
        assertThat(again.iterations()).isEqualTo(recording.iterations());
        assertThat(again.intervals()).isEqualTo(recording.intervals());
    }

    @Test
    void chromeTraceHasStepsAndCounters() throws IOException {
        Recording recording = RandomRecording.of(3, 30);
        StringWriter text = new StringWriter();
        ChromeTraceExport.write(recording, text);

        JsonNode events = new ObjectMapper().readTree(text.toString()).get("traceEvents");
        long steps = 0;
        long counters = 0;
        for (JsonNode event : events) {
            boolean step = event.path("args").has("context_tokens") && event.get("ph").asText().equals("X");
            steps += step ? 1 : 0;
            counters += event.get("name").asText().equals("Waiting requests") ? 1 : 0;
            if (step) {
                assertThat(event.get("dur").asDouble()).isNotNegative();
                assertThat(event.get("ts").asDouble()).isNotNegative();
            }
        }
        assertThat(steps).isEqualTo(recording.iterations().size());
        assertThat(counters)
                .isEqualTo(recording.iterations().stream().map(Iteration::waitingRequests).filter(OptionalLong::isPresent).count());
    }

    private static EventTable<?> table(Recording recording, String event) {
        return EventTables.of(recording).stream().filter(table -> table.event().equals(event)).findFirst().orElseThrow();
    }
}
