package dev.iterscope.projection.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.iterscope.projection.SharedData;
import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// `project` on recordings that nobody here made: it runs, and says what can be known of each and what cannot.
class ProjectSharedDataTest {

    /// A recording, how many steps it has, what their times are worth, and the answer.
    @ParameterizedTest
    @CsvSource({
        "vllm-iteration-logs/kimi-k2.5-8xh200-tp8-mbnt8000.log, 52, step, refuse",
        "vllm-iteration-logs/kimi-k2.5-8xh200-tp4dp2-mbnt65536.log, 96, step, refuse",
        "log-lines/vllm-iteration.log, -1, '', refuse",
        "log-lines/vllm-interval.log, 0, unusable, refuse",
        "log-lines/sglang.log, -1, timestamps, refuse",
        "log-lines/trtllm-iteration-stats.json, -1, '', refuse",
        "nsys/h100-2gpu.sqlite, 0, unusable, refuse",
        "torch-traces/vllm-prefill-decode-piecewise.json.gz, -1, '', refuse",
    })
    void saysWhatCanBeKnownOfEachRecording(String name, int steps, String basis, String verdict) throws IOException {
        String file = SharedData.file(name).toString();
        Cli json = Cli.run("project", file, "--format", "json", "--draws", "0", "--num-prompts", "4", "--random-input-len", "200",
                "--random-output-len", "8", "--max-num-batched-tokens", "1024,2048");
        assertThat(json.code()).as(json.err()).isZero();
        JsonNode report = new ObjectMapper().readTree(json.out());
        assertThat(report.at("/recording/iterations").asInt(-2)).satisfies(count -> assertThat(steps < 0 || steps == count).isTrue());
        assertThat(report.at("/recording/timing/basis").asText()).isIn(basis.isEmpty()
                ? new Object[] {"step", "timestamps", "unusable"}
                : new Object[] {basis});
        assertThat(report.at("/recommendation/verdict").asText()).isEqualTo(verdict);
        assertThat(report.at("/recommendation/reasons")).as("why").isNotEmpty();

        Cli text = Cli.run("project", file, "--draws", "0");
        assertThat(text.code()).as(text.err()).isZero();
        assertThat(text.out().replace("/dev/null", "")).contains("Recording").doesNotContain("null", "Optional", "Exception",
                "unknown tokens in blocks of unknown");
    }

    /// What is no recording is refused in one line.
    @ParameterizedTest
    @ValueSource(strings = {"silicon/dense-models.csv", "kernel-profiles/aiconfigurator/h100_sxm-vllm-0.19.0/gemm_perf.parquet",
        "traces/mooncake-conversation.jsonl", "nsys"})
    void refusesWhatIsNoRecording(String name) {
        Cli refused = Cli.run("project", SharedData.file(name).toString());
        assertThat(refused.code()).isEqualTo(ExitCode.UNUSABLE_INPUT);
        assertThat(refused.err().lines()).hasSize(1);
    }
}
