package dev.iterscope.projection.importer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.projection.SharedData;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.RecordingWarning;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Nothing of a log disappears: each line is a record, a setting, or counted with a reason that has a name.
class EveryLineTest {

    /// Lines that make each kind of log recognised, and that stand for what a line may refer to.
    private static final List<String> VLLM = List.of(
            "(EngineCore pid=7) INFO 01-02 00:00:01 [core.py:1] Iteration(1): 1 context requests, 8 context tokens,"
                    + " 0 generation requests, 0 generation tokens, iteration elapsed time: 1.00 ms",
            "INFO 01-02 00:00:01 metrics.py:467] Avg prompt throughput: 0.0 tokens/s, Avg generation throughput: 77.3 tokens/s,"
                    + " Running: 1 reqs, Swapped: 0 reqs, Pending: 0 reqs, GPU KV cache usage: 0.3%, CPU KV cache usage: 0.0%.");
    private static final List<String> SGLANG = List.of(
            "[2025-01-02 02:16:20 TP0] Decode batch. #running-req: 346, #token: 1, token usage: 0.38, gen throughput (token/s): 7.5,"
                    + " #queue-req: 0");
    private static final List<String> TRTLLM = List.of(
            "[I] iter = 1, rank = 0, timestamp = 2026-08-04 19:08:14, num_scheduled_requests: 0, states = {'num_generation_tokens': 0,"
                    + " 'num_ctx_tokens': 0, 'num_ctx_requests': 0}");

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"vllm.log", "sglang.log", "trtllm.log"})
    void ofOurFixtures(String name) throws IOException {
        List<String> lines = new String(Fixtures.resource(name), StandardCharsets.UTF_8).lines().toList();
        everyLineCounts(name.startsWith("vllm") ? VLLM : name.startsWith("sglang") ? SGLANG : TRTLLM, lines);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "log-lines/vllm-iteration.log", "log-lines/vllm-interval.log", "vllm-iteration-logs/kimi-k2.5-8xh200-tp8-mbnt8000.log",
        "vllm-iteration-logs/kimi-k2.5-8xh200-tp4dp2-mbnt65536.log"})
    void ofPublicVllmLogs(String name) throws IOException {
        everyLineCounts(VLLM, Files.readAllLines(SharedData.file(name)));
    }

    @Test
    void ofPublicSglangLines() throws IOException {
        everyLineCounts(SGLANG, Files.readAllLines(SharedData.file("log-lines/sglang.log")));
    }

    @Test
    void thePublicLogsHoldTheirIterations() {
        assertThat(iterations("vllm-iteration-logs/kimi-k2.5-8xh200-tp8-mbnt8000.log")).isEqualTo(52);
        assertThat(iterations("vllm-iteration-logs/kimi-k2.5-8xh200-tp4dp2-mbnt65536.log")).isEqualTo(96);
        assertThat(iterations("log-lines/vllm-iteration.log")).isEqualTo(7);
        assertThat(iterations("log-lines/trtllm-iteration-stats.json")).isEqualTo(1);
    }

    private static int iterations(String name) {
        return Recordings.read(List.of(SharedData.file(name))).iterations().size();
    }

    private void everyLineCounts(List<String> base, List<String> lines) throws IOException {
        String without = told(base);
        for (String line : lines) {
            if (!line.isBlank()) {
                List<String> with = new ArrayList<>(base);
                with.add(line);
                assertThat(told(with)).as("line %s", line).isNotEqualTo(without);
            }
        }
    }

    /// Everything that a recording says, and how often.
    private String told(List<String> lines) throws IOException {
        Recording recording = Recordings.read(List.of(Files.write(folder.resolve("log"), lines)));
        return recording.iterations().size() + " " + recording.intervals() + recording.settings()
                + recording.warnings().stream().map(EveryLineTest::told).toList();
    }

    private static String told(RecordingWarning warning) {
        assertThat(warning.code()).matches("[a-z-]+");
        return warning.code() + warning.count();
    }
}
