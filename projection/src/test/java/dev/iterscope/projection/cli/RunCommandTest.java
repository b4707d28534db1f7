package dev.iterscope.projection.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
    void anUnknownOptionValueIsOneLine() {
        Cli cli = Cli.run(small("--memory", "lots"));
        assertThat(cli.code()).isEqualTo(ExitCode.USAGE);
        assertThat(cli.err().lines()).hasSize(1);
    }
}
