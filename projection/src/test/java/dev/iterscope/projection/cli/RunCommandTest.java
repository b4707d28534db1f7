package dev.iterscope.projection.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunCommandTest {

    @TempDir
    Path folder;

    private static String[] small(String... more) {
        String[] base = {"run", "--num-prompts", "3", "--random-input-len", "20", "--random-output-len", "4", "--memory", "512MiB"};
        String[] all = new String[base.length + more.length];
        System.arraycopy(base, 0, all, 0, base.length);
        System.arraycopy(more, 0, all, base.length, more.length);
        return all;
    }

    @Test
    void jsonIsOneFlatObjectAndTheRecordingHoldsAsManyIterations() throws IOException {
        Path file = folder.resolve("run.jfr");
        Cli cli = Cli.run(small("--format", "json", "--record", file.toString()));
        assertThat(cli.code()).as(cli.err()).isEqualTo(ExitCode.DONE);
        JsonNode root = new ObjectMapper().readTree(cli.out());
        assertThat(root).allSatisfy(value -> assertThat(value.isNumber()).isTrue());
        assertThat(root.get("schemaVersion").asInt()).isEqualTo(1);
        assertThat(root.get("completed").asInt()).isEqualTo(3);
        assertThat(root.get("total_input_tokens").asInt()).isEqualTo(60);
        assertThat(root.get("total_output_tokens").asInt()).isEqualTo(12);
        assertThat(root.get("mean_tpot_ms").asDouble()).isPositive();
        long iterations = RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().equals("iterscope.Iteration"))
                .count();
        assertThat(root.get("iterations").asLong()).isEqualTo(iterations);
    }

    @Test
    void anEmulatedRunNeedsStepTimes() {
        Cli cli = Cli.run(small("--backend", "emulated"));
        assertThat(cli.code()).isEqualTo(ExitCode.USAGE);
        assertThat(cli.err().lines()).singleElement().asString().contains("--from RECORDING");
    }

    @Test
    void explicitLimitsThatContradictEachOtherAreAUsageError() {
        assertThat(Cli.run(small("--max-num-batched-tokens", "8", "--max-num-seqs", "16")).code()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void aPromptThatCanNeverFitRejectsThatRequestOnly() throws IOException {
        Path file = Files.writeString(folder.resolve("w.jsonl"),
                "{\"input_toks\": 400, \"output_toks\": 2}\n{\"input_toks\": 30, \"output_toks\": 2}\n");
        Cli cli = Cli.run("run", "--workload", file.toString(), "--num-gpu-blocks-override", "9", "--format", "json");
        assertThat(cli.code()).as(cli.err()).isEqualTo(ExitCode.DONE);
        JsonNode root = new ObjectMapper().readTree(cli.out());
        assertThat(root.get("failed").asInt()).isEqualTo(1);
        assertThat(root.get("completed").asInt()).isEqualTo(1);
        assertThat(cli.err()).contains("rejected request-0");
    }

    @Test
    void logsEveryIterationAndTheAveragesInVllmsWords() throws IOException {
        Path file = folder.resolve("run.jfr");
        Cli cli = Cli.run(small("--log-iterations=frontend", "--log-stats=3600", "--record", file.toString(), "--format", "json"));
        assertThat(cli.code()).as(cli.err()).isEqualTo(ExitCode.DONE);
        long iterations = new ObjectMapper().readTree(cli.out()).get("iterations").asLong();
        assertThat(cli.err().lines().filter(line -> line.matches("\\(APIServer pid=\\d+\\) INFO \\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d "
                + "\\[loggers\\.py:271] Engine 000: Iteration\\(\\d+\\): \\d+ context requests, \\d+ context tokens, \\d+ generation requests, "
                + "\\d+ generation tokens, iteration elapsed time: \\d+\\.\\d\\d ms, GPU KV cache usage: \\d+\\.\\d%")))
                .hasSize(Math.toIntExact(iterations));
    }

    @Test
    void refusesFormsIntervalsAndPortsThatAreNone() {
        for (String option : List.of("--log-iterations=long", "--log-stats=0", "--log-stats=never", "--metrics-port=70000",
                "--profile-iterations=5-2", "--profile-iterations=0-2", "--kernel-events=-1")) {
            Cli cli = Cli.run(small(option));
            assertThat(cli.code()).as(option).isEqualTo(ExitCode.USAGE);
            assertThat(cli.err().lines()).as(option).hasSize(1);
        }
    }

    @Test
    void aWindowThatTheRunNeverReachesIsSaid() {
        Cli cli = Cli.run(small("--profile-iterations", "1000-1010"));
        assertThat(cli.code()).as(cli.err()).isEqualTo(ExitCode.DONE);
        assertThat(cli.err()).contains("--profile-iterations 1000-1010 captured nothing");
    }

    /// `kill -9` in the middle of a run, then the one command that its note names.
    @Test
    void aKilledRunLeavesWhatOneCommandAssembles() throws Exception {
        Path file = folder.resolve("killed.jfr");
        Path note = folder.resolve("killed.jfr.unfinished");
        Process process = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--add-modules", "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED", "-Djava.io.tmpdir=" + folder, "-cp", System.getProperty("java.class.path"),
                Main.class.getName(), "run", "--num-prompts", "4000", "--random-input-len", "32", "--memory", "512MiB", "--record",
                file.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            Instant latest = Instant.now().plusSeconds(60);
            while (!Files.exists(note) && process.isAlive() && Instant.now().isBefore(latest)) {
                Thread.sleep(20);
            }
            assertThat(process.waitFor(4, TimeUnit.SECONDS)).as("the run is longer than this").isFalse();
        } finally {
            process.destroyForcibly().waitFor();
        }
        assertThat(file).doesNotExist();

        Cli cli = Cli.run("import", note.toString(), "-o", file.toString());

        assertThat(cli.code()).as(cli.err()).isEqualTo(ExitCode.DONE);
        assertThat(cli.out()).matches("(?s).*: jfr, [1-9][0-9]* iterations, 4000 requests.*");
        assertThat(RecordingFile.readAllEvents(file).stream().map(event -> event.getEventType().getName()))
                .contains("iterscope.Iteration", "iterscope.EngineConfig", "jdk.CPULoad");
    }

    @Test
    void anUnknownOptionValueIsOneLine() {
        Cli cli = Cli.run(small("--memory", "lots"));
        assertThat(cli.code()).isEqualTo(ExitCode.USAGE);
        assertThat(cli.err().lines()).hasSize(1);
    }
}
