package dev.iterscope.projection.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.iterscope.projection.importer.Recordings;
import dev.iterscope.projection.recording.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// An option that says nothing in its place is refused or said, never passed over; and what is not given is what was recorded.
class IgnoredOptionTest {
    private static final String RUN = "run --backend emulated --kernel-model ../samples/h100-llama-3.1-8b/kernels.json --model llama-3.1-8b"
            + " --num-gpu-blocks-override 4000 --max-num-batched-tokens 768 --max-num-seqs 24 --block-size 32 --num-prompts 40"
            + " --random-input-len 300 --random-output-len 20 --random-range-ratio 0.5 --no-async-scheduling --record ";

    @TempDir
    static Path folder;

    private static Path recording = Path.of("");
    private static Path workload = Path.of("");

    @BeforeAll
    static void record() throws IOException {
        recording = folder.resolve("llama.jfr");
        Cli cli = cli(RUN + recording);
        assertThat(cli.code()).as(cli.err()).isZero();
        workload = Files.writeString(folder.resolve("w.jsonl"), "{\"input_toks\": 30, \"output_toks\": 4}\n".repeat(6));
    }

    private static Cli cli(String line) {
        return Cli.run(line.replace("LLAMA", recording.toString()).replace("WORKLOAD", workload.toString())
                .replace("FOLDER", folder.toString()).split(" +"));
    }

    private static JsonNode json(String line) throws IOException {
        Cli cli = cli(line);
        assertThat(cli.code()).as(cli.err()).isZero();
        return new ObjectMapper().readTree(cli.out());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "project LLAMA --tensor-parallel-size 0                       | 2 | must be at least 1",
        "project LLAMA --tensor-parallel-size 4                       | 2 | needs kernels",
        "run --tensor-parallel-size 0                                 | 2 | must be at least 1",
        "run --tensor-parallel-size 2                                 | 2 | needs kernels",
        "fit LLAMA --tensor-parallel-size 0                           | 2 | must be at least 1",
        "project LLAMA --model qwen3-32b                              | 3 | is of model llama-3.1-8b, not of --model qwen3-32b",
        "sweep LLAMA --model tiny                                     | 3 | is of model llama-3.1-8b, not of --model tiny",
        "run --workload WORKLOAD --random-input-len 5                 | 2 | leave out --random-input-len",
        "project LLAMA --workload WORKLOAD --random-output-len 5      | 2 | leave out --random-input-len",
        "run --backend emulated --from LLAMA --kernel-model x.json    | 2 | give one of them",
        "run --backend cpu --from LLAMA                               | 2 | --backend emulated"})
    void whatWouldBeIgnoredIsRefused(String line, int code, String words) {
        Cli cli = cli(line);
        assertThat(cli.code()).as(cli.err()).isEqualTo(code);
        assertThat(cli.out()).isEmpty();
        assertThat(cli.err().lines()).singleElement().asString().contains(words);
    }

    @Test
    void theRecordedModelByItsOwnNameIsTaken() {
        assertThat(cli("project LLAMA --model llama-3.1-8b --draws 0 --max-num-batched-tokens 768").code()).isZero();
        assertThat(RecordedModel.namesAnother("Meta-Llama-3.1-8B-Instruct", "llama-3.1-8b")).isFalse();
        assertThat(RecordedModel.namesAnother("Meta-Llama-3.1-8B-Instruct", "llama-3.1-70b")).isTrue();
        assertThat(RecordedModel.namesAnother("Meta-Llama-3.1-8B-Instruct", "qwen3-8b")).isTrue();
        assertThat(RecordedModel.namesAnother("DeepSeek-R1-Distill-Llama-8B", "llama-3.1-8b")).isFalse();
        assertThat(RecordedModel.namesAnother("Qwen3-30B-A3B-FP8", "qwen3-30b-a3b")).isFalse();
        assertThat(RecordedModel.namesAnother("my-service", "qwen3-8b")).isFalse();
    }

    @Test
    void aNumberOfRequestsIsThatOfTheRecordedOnes() throws IOException {
        JsonNode ten = json("project LLAMA --num-prompts 10 --draws 0 --max-num-batched-tokens 768 --format json").get("workload");
        JsonNode all = json("project LLAMA --draws 0 --max-num-batched-tokens 768 --format json").get("workload");
        assertThat(ten.get("requests").asInt()).isEqualTo(10);
        assertThat(all.get("requests").asInt()).isEqualTo(40);
        assertThat(ten.get("source").asText()).isEqualTo(all.get("source").asText()).contains("requests of");
        assertThat(ten.get("mean_input_tokens").asDouble()).isBetween(200.0, 400.0);
    }

    @Test
    void fewerRequestsThanAskedForAreSaid() throws IOException {
        Cli cli = cli("run --workload WORKLOAD --num-prompts 1000");
        assertThat(cli.code()).as(cli.err()).isZero();
        assertThat(cli.err()).contains("note: there are 6 requests, fewer than --num-prompts 1000");
        assertThat(json("project LLAMA --num-prompts 50 --draws 0 --max-num-batched-tokens 768 --format json")
                .at("/workload/assumption").asText()).contains("40 requests, fewer than --num-prompts 50");
    }

    @Test
    void anEmulationHasTheRecordedModelAndLimitsUnlessOthersAreGiven() {
        Cli same = cli("run --backend emulated --from LLAMA --num-prompts 4 --record FOLDER/same.jfr");
        assertThat(same.code()).as(same.err()).isZero();
        Settings recorded = Recordings.read(List.of(folder.resolve("same.jfr"))).settings();
        assertThat(recorded.model()).contains("llama-3.1-8b");
        assertThat(recorded.maxNumBatchedTokens()).hasValue(768);
        assertThat(recorded.maxNumSeqs()).hasValue(24);
        assertThat(recorded.blockSize()).hasValue(32);
        assertThat(recorded.kvBlocks()).hasValue(3999);
        assertThat(recorded.asyncScheduling()).contains(false);

        Cli other = cli("run --backend emulated --from LLAMA --num-prompts 4 --max-num-batched-tokens 512 --max-num-seqs 8 --block-size 16"
                + " --async-scheduling --record FOLDER/other.jfr");
        assertThat(other.code()).as(other.err()).isZero();
        Settings given = Recordings.read(List.of(folder.resolve("other.jfr"))).settings();
        assertThat(given.maxNumBatchedTokens()).hasValue(512);
        assertThat(given.maxNumSeqs()).hasValue(8);
        assertThat(given.blockSize()).hasValue(16);
        assertThat(given.kvBlocks()).hasValue(2 * 3999);
        assertThat(given.asyncScheduling()).contains(true);
    }

    @Test
    void aRunThatServedNothingIsNoResult() {
        Cli cli = cli("run --num-prompts 3 --random-input-len 100000 --format json");
        assertThat(cli.code()).isEqualTo(ExitCode.UNUSABLE_INPUT);
        assertThat(cli.out()).isEmpty();
        assertThat(cli.err()).contains("no request could be served (3 rejected");
    }
}
