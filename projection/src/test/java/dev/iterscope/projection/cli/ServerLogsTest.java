package dev.iterscope.projection.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a server's log does not state: how many engines it shows, and the model that the user names.
class ServerLogsTest {
    private static final String RANKS = "2 data-parallel ranks";

    @TempDir
    private Path folder;

    private String project(String log, String... more) throws IOException {
        Path file = Files.writeString(folder.resolve("server.log"), log);
        String[] fixed = {"project", file.toString(), "--draws", "0", "--num-prompts", "4", "--random-input-len", "200",
            "--random-output-len", "8", "--max-num-batched-tokens", "256,512", "--num-gpu-blocks-override", "500"};
        String[] args = Arrays.copyOf(fixed, fixed.length + more.length);
        System.arraycopy(more, 0, args, fixed.length, more.length);
        Cli cli = Cli.run(args);
        assertThat(cli.code()).as(cli.err()).isEqualTo(ExitCode.DONE);
        return cli.out();
    }

    /// Steps of one or two ranks: prompts of other sizes every fourth step, else decoding.
    private static String vllm(int ranks) {
        StringBuilder log = new StringBuilder();
        for (int step = 1; step <= 40; step++) {
            for (int rank = 0; rank < ranks; rank++) {
                int context = step % 4 == 1 ? 100 + 10 * step + rank : 0;
                log.append(String.format(
                        Locale.ROOT,
                        "(EngineCore_DP%d pid=%d) INFO 07-09 03:15:%02d [v1/engine/core.py:359] Iteration(%d): %d context requests, %d context "
                                + "tokens, 3 generation requests, 3 generation tokens, iteration elapsed time: %.2f ms%n",
                        rank, 70 + rank, step / 100, step, context > 0 ? 1 : 0, context, 5 + 0.05 * context));
            }
        }
        return log.toString();
    }

    @Test
    void twoRanksInALogAreTwoEngines() throws IOException {
        assertThat(project(vllm(2))).contains(RANKS);
        assertThat(project(vllm(1))).doesNotContain("data-parallel ranks");
    }

    @Test
    void theUsersNumberComesFirst() throws IOException {
        assertThat(project(vllm(2), "--data-parallel-size", "1")).doesNotContain("data-parallel ranks");
        assertThat(project(vllm(1), "--data-parallel-size", "2")).contains(RANKS);
    }

    /// Each rank of one tensor-parallel engine writes the same step.
    @Test
    void ranksOfOneTensorParallelEngineAreOneEngine() throws IOException {
        StringBuilder log = new StringBuilder();
        for (int step = 1; step <= 40; step++) {
            for (int rank = 0; rank < 2; rank++) {
                int context = step % 4 == 1 ? 100 + 10 * step : 0;
                log.append(String.format(
                        Locale.ROOT,
                        "iter = %d, global_rank = %d, rank = %d, num_scheduled_requests = %d, kv_cache_util = 0.1, currank_total_requests = 4/4, "
                                + "host_step_time = 6.0ms, prev_device_step_time = %.2fms, timestamp = 2026-08-04 19:08:%02d, states = "
                                + "{'num_ctx_requests': %d, 'num_ctx_tokens': %d, 'num_generation_tokens': 3}%n",
                        step, rank, rank, context > 0 ? 4 : 3, 5 + 0.05 * context, step, context > 0 ? 1 : 0, context));
            }
        }
        assertThat(project(log.toString())).doesNotContain("2 engines", "data-parallel ranks");
    }

    /// A step of 5 ms that reads the 15 GB of an 8B model's weights in 16 bits is 3 TB/s; vLLM's log does not say what it serves.
    @Test
    void aNamedModelTurnsCostsIntoRates() throws IOException {
        assertThat(project(vllm(1))).contains("fixed").doesNotContain("B/s", "FLOP/s");
        String named = project(vllm(1), "--model", "llama-3.1-8b");
        assertThat(named.lines().filter(line -> line.strip().startsWith("fixed")).findFirst()).hasValueSatisfying(
                line -> assertThat(line).containsPattern("[23]\\.[0-9]+ TB/s"));
        assertThat(named).containsPattern("dense .* TFLOP/s");
    }
}
