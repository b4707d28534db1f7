package dev.iterscope.projection.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScheduleCommandTest {
    private static final String LIMITS =
            "\"max_num_seqs\": 16, \"max_num_batched_tokens\": 1024, \"block_size\": 16, \"num_gpu_blocks\": 10000";
    private static final String REQUEST = "{\"id\": \"a\", \"num_prompt_tokens\": 800, \"max_tokens\": 16}";

    @TempDir
    private Path folder = Path.of("");

    private Cli schedule(String scenario) throws IOException {
        return Cli.run("schedule", Files.writeString(folder.resolve("s.json"), scenario).toString());
    }

    /// The line that the documentation shows, to the byte.
    @Test
    void printsOneLinePerStep() throws IOException {
        Cli cli = schedule("{" + LIMITS + ", \"max_steps\": 1, \"requests\": [" + REQUEST + "]}");
        assertThat(cli.code()).isZero();
        assertThat(cli.out())
                .isEqualTo("{\"step\":1,\"scheduled\":{\"a\":800},\"new\":[\"a\"],\"resumed\":[],\"preempted\":[],\"finished\":[],"
                        + "\"running\":[\"a\"],\"waiting\":[],\"context_requests\":1,\"context_tokens\":800,\"generation_requests\":0,"
                        + "\"generation_tokens\":0,\"kv_blocks_used\":50,\"kv_blocks_total\":9999,\"prefix_hit_tokens\":0}\n");
        assertThat(cli.err().lines()).singleElement().asString().contains("max_steps 1", "1 requests unfinished");
    }

    @Test
    void whoNeverFitsIsNamedAndTheRestRuns() throws IOException {
        Cli cli = schedule("{" + LIMITS.replace("10000", "11") + ", \"requests\": [" + REQUEST
                + ", {\"id\": \"b\", \"num_prompt_tokens\": 100, \"max_tokens\": 3}]}");
        assertThat(cli.code()).isZero();
        assertThat(cli.out().lines()).hasSize(3).first().asString().contains("\"scheduled\":{\"b\":100}");
        assertThat(cli.err().lines()).singleElement().asString().contains("\"a\" is rejected", "KV space for up to 815 tokens", "160");
    }

    @Test
    void withoutRequestsNothingIsPrinted() throws IOException {
        Cli cli = schedule("{" + LIMITS + ", \"requests\": []}");
        assertThat(cli.code()).isZero();
        assertThat(cli.out()).isEmpty();
        assertThat(cli.err()).isEmpty();
    }

    /// What is wrong with a scenario, where, on one line.
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`',
            textBlock = """
                    "max_num_seqs": 16,           |                                | $.max_num_seqs: is missing
                    "max_num_seqs": 16            | "max_num_seqs": -16            | $.max_num_seqs: is negative (-16)
                    "max_num_seqs": 16            | "max_num_seqs": 0              | $.max_num_seqs: is 0
                    "max_num_seqs": 16            | "max_num_seqs": 1.5            | $.max_num_seqs: is the number 1.5
                    "max_num_seqs": 16            | "max_num_seqs": "16"           | $.max_num_seqs: is a text, not an integer
                    "max_num_seqs": 16            | "max_num_seqs": null           | $.max_num_seqs: is null, not an integer
                    "max_num_seqs": 16            | "max_num_seqs": 99999999999    | $.max_num_seqs: is 99999999999
                    "max_num_seqs": 16            | "max_num_seqs": 16, "seqs": 1  | $.seqs: is an unknown key
                    "max_num_seqs": 16            | "max_num_seqs": 16, "a b": 1   | $['a b']: is an unknown key
                    "max_num_seqs": 16            | "max_num_seqs": 16, "max_num_seqs": 16 | line 1, column
                    "max_num_seqs": 16            | "max_num_seqs": 16, "policy": "sjf" | $.policy: is "sjf"
                    "max_num_seqs": 16            | "max_num_seqs": 16, "watermark": 1  | $.watermark: is 1
                    "max_num_seqs": 16            | "max_num_seqs": 16, "watermark": -0.1 | $.watermark: is -0.1
                    "max_num_seqs": 16            | "max_num_seqs": 16, "async_scheduling": 1 | $.async_scheduling: is the number 1
                    "block_size": 16,             |                                | $.block_size: is missing
                    "num_gpu_blocks": 10000       | "num_gpu_blocks": 1            | $.num_gpu_blocks: is 1
                    "num_gpu_blocks": 10000       | "num_gpu_blocks": 2000000000   | $.num_gpu_blocks: is 2000000000
                    "id": "a",                    |                                | $.requests[0].id: is missing
                    "id": "a"                     | "id": 7                        | $.requests[0].id: is the number 7
                    "num_prompt_tokens": 800,     |                                | $.requests[0].num_prompt_tokens: is missing
                    "num_prompt_tokens": 800      | "num_prompt_tokens": -1        | $.requests[0].num_prompt_tokens: is negative
                    "num_prompt_tokens": 800      | "num_prompt_tokens": 800, "prompt_token_ids": [1] | $.requests[0].num_prompt_tokens: is 800, but
                    "num_prompt_tokens": 800      | "prompt_token_ids": []         | $.requests[0].prompt_token_ids: is empty
                    "num_prompt_tokens": 800      | "prompt_token_ids": [1, -2]    | $.requests[0].prompt_token_ids[1]: is negative
                    "num_prompt_tokens": 800      | "prompt_token_ids": [1], "prompt_seed": 1 | $.requests[0].prompt_seed: stands beside
                    "max_tokens": 16              | "max_tokens": 0                | $.requests[0].max_tokens: is 0
                    "max_tokens": 16              | "max_tokens": 16, "arrival_step": -1 | $.requests[0].arrival_step: is negative
                    "max_tokens": 16              | "max_tokens": 16, "arrival_step": 5, "abort_step": 4 | $.requests[0].abort_step: is before
                    "max_tokens": 16              | "max_tokens": 16, "min_tokens": 17 | $.requests[0].min_tokens: is 17
                    "max_tokens": 16              | "max_tokens": 16, "prio": 1    | $.requests[0].prio: is an unknown key
                    "max_tokens": 16              | "max_tokens": 16, "encoder_inputs": [{"position": 0, "num_tokens": 4}] | $.requests[0].encoder_inputs[0].hash: is missing
                    "max_tokens": 16              | "max_tokens": 16, "encoder_inputs": [{"hash": "x", "position": 798, "num_tokens": 4}] | $.requests[0].encoder_inputs[0].num_tokens: is 4
                    "max_tokens": 16              | "max_tokens": 16, "draft_token_ids": [[1], 2] | $.requests[0].draft_token_ids[1]: is the number 2, not a list
                    "max_tokens": 16}             | "max_tokens": 16}, {"id": "a", "num_prompt_tokens": 1, "max_tokens": 1} | $.requests[1].id: is "a", which an earlier
                    [{                            | {"x": {                        | line 1, column
                    """)
    void faultsAreNamedWithTheirPlace(String text, String replacement, String fault) throws IOException {
        String good = "{" + LIMITS + ", \"requests\": [" + REQUEST + "]}";
        assertThat(good).contains(text);
        Cli cli = schedule(good.replace(text, replacement == null ? "" : replacement));
        assertThat(cli.code()).isEqualTo(ExitCode.UNUSABLE_INPUT);
        assertThat(cli.out()).isEmpty();
        assertThat(cli.err().lines()).singleElement().asString().contains("s.json", fault);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            ``          | is empty
            7           | not an object
            [1]         | not an object
            {} {}       | is not JSON
            {"requests" | is not JSON
            """)
    void whatIsNoScenarioIsSaid(String text, String fault) throws IOException {
        Cli cli = schedule(text);
        assertThat(cli.code()).isEqualTo(ExitCode.UNUSABLE_INPUT);
        assertThat(cli.err().lines()).singleElement().asString().contains(fault);
    }

    @Test
    void aFileThatIsNotThereOrNotTextIsSaid() throws IOException {
        Cli missing = Cli.run("schedule", folder.resolve("none.json").toString());
        assertThat(missing.code()).isEqualTo(ExitCode.UNUSABLE_INPUT);
        assertThat(missing.err().lines()).singleElement().asString().contains("none.json");
        Path binary = Files.write(folder.resolve("b.json"), "{\"a\": \"\u00e4\"}".getBytes(StandardCharsets.ISO_8859_1));
        Cli latin = Cli.run("schedule", binary.toString());
        assertThat(latin.code()).isEqualTo(ExitCode.UNUSABLE_INPUT);
        assertThat(latin.err().lines()).singleElement().asString().contains("UTF-8");
    }
}
