package dev.iterscope.projection.importer.vllm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.projection.SharedData;
import dev.iterscope.projection.importer.Recordings;
import dev.iterscope.projection.recording.Interval;
import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.Iteration.KvUsage;
import dev.iterscope.projection.recording.Iteration.Mark;
import dev.iterscope.projection.recording.IterationDetail;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.RecordingWarning;
import dev.iterscope.projection.recording.Timing.Basis;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VllmLogImporterTest {

    private static final String COUNTS = "1 context requests, 800 context tokens, 3 generation requests, 4 generation tokens, ";

    @TempDir
    Path folder;

    @Test
    void readsPassesOfAnIdleRank() throws IOException {
        Recording recording = read(
                "(EngineCore_DP1 pid=14) INFO 12-22 21:44:40 [core.py:349] Iteration(515) [dp-idle]: 0 context requests, "
                        + "0 context tokens, 0 generation requests, 0 generation tokens, iteration elapsed time: 12.50 ms",
                "(EngineCore_DP1 pid=14) INFO 12-22 21:44:40 [core.py:349] Iteration(516): " + COUNTS + "iteration elapsed time: 10.99 ms");

        assertThat(recording.iterations()).hasSize(2);
        assertThat(recording.iterations().getFirst().marks()).contains(Mark.DUMMY);
        assertThat(recording.iterations().getFirst().elapsedNanos()).hasValue(12_500_000);
        assertThat(recording.iterations().getLast().marks()).doesNotContain(Mark.DUMMY);
        assertThat(warning(recording, "iteration-line-damaged")).isZero();
    }

    @Test
    void readsLinesWithoutAnElapsedTime() throws IOException {
        String counts = COUNTS.substring(0, COUNTS.length() - 2);
        Recording recording = read("(EngineCore_DP0 pid=14) INFO 12-22 21:44:40 [core.py:349] Iteration(515): " + counts,
                "Engine 000: Iteration(516): " + counts + ", GPU KV cache usage: 0.6%",
                "(EngineCore_DP0 pid=14) INFO 12-22 21:44:41 [core.py:349] Iteration(517): " + counts + ", iteration elap");

        assertThat(recording.iterations()).hasSize(2).allSatisfy(step -> {
            assertThat(step.generationTokens()).isEqualTo(4);
            assertThat(step.elapsedNanos()).isEmpty();
        });
        assertThat(recording.iterations().getLast().kv().orElseThrow().share()).hasValue(0.006);
        assertThat(warning(recording, "iteration-without-elapsed-time")).isEqualTo(2);
        assertThat(warning(recording, "iteration-line-damaged")).isEqualTo(1);
    }

    @Test
    void readsThePlainForm() throws IOException {
        Iteration step = only("(EngineCore_DP2 pid=14) INFO 12-22 21:44:40 [core.py:349] Iteration(515): " + COUNTS
                + "iteration elapsed time: 10.99 ms");

        assertThat(step.engine()).isEqualTo(2);
        assertThat(step.number()).hasValue(515);
        assertThat(step.contextRequests()).isEqualTo(1);
        assertThat(step.contextTokens()).isEqualTo(800);
        assertThat(step.generationRequests()).isEqualTo(3);
        assertThat(step.generationTokens()).isEqualTo(4);
        assertThat(step.elapsedNanos()).hasValue(10_990_000);
        assertThat(step.endNanos()).hasValue(((21 * 60 + 44) * 60 + 40) * 1_000_000_000L);
        assertThat(step.kv()).isEmpty();
        assertThat(step.runningRequests()).isEmpty();
    }

    @Test
    void readsBlocksAndTokensOfTheProposal() throws IOException {
        Recording recording = read("(EngineCore_DP0 pid=14) INFO 02-18 16:21:20 [core.py:387] Iteration(188): " + COUNTS
                + "iteration elapsed time: 10.25 ms, kv cache: 5.1% (3500/68959 blocks, 56000 tokens)");

        Iteration step = recording.iterations().getFirst();
        assertThat(step.kv()).contains(
                new KvUsage(OptionalDouble.of(0.051), OptionalLong.of(3500), OptionalLong.of(68959), OptionalLong.empty()));
        assertThat(step.detail().map(IterationDetail::kvTokensAllocated)).contains(OptionalLong.of(56_000));
        assertThat(recording.settings().kvBlocks()).hasValue(68959);
        assertThat(recording.settings().blockSize()).hasValue(16);
    }

    @Test
    void readsTheFrontendFormWithUsageEncoderAndWait() throws IOException {
        Iteration step = only("(APIServer pid=66) INFO 09-02 08:46:16 [loggers.py:273] Engine 003: Iteration(8406559): " + COUNTS
                + "iteration elapsed time: 257.32 ms, GPU KV cache usage: 0.6%, encoder inputs: 1, encoder output embeddings: 576,"
                + " result wait time: 250.10 ms (dummy)");

        assertThat(step.engine()).isEqualTo(3);
        assertThat(step.kv().orElseThrow().share()).hasValue(0.006);
        assertThat(step.detail().orElseThrow().encoderInputs()).hasValue(1);
        assertThat(step.detail().orElseThrow().encoderTokens()).hasValue(576);
        assertThat(step.detail().orElseThrow().resultWaitNanos()).hasValue(250_100_000);
        assertThat(step.isDummy()).isTrue();
    }

    @Test
    void readsThroughColoursProgressBarsAndLinesPrintedOverEachOther() throws IOException {
        Recording recording = read("Loading: 10%|#   | 1/4 [00:01<00:03]\r\u001b[32m(EngineCore pid=7)\u001b[0m INFO 01-02 00:00:01"
                + " [core.py:1] Iteration(1): " + COUNTS + "iteration elapsed time: 1.00 ms(EngineCore pid=7) INFO 01-02 00:00:02"
                + " [core.py:1] Iteration(2): " + COUNTS + "iteration elapsed time: 2.00 ms");

        assertThat(recording.iterations()).extracting(step -> step.number().orElseThrow()).containsExactly(1L, 2L);
        assertThat(recording.iterations()).extracting(step -> step.endNanos().orElseThrow()).containsExactly(1_000_000_000L,
                2_000_000_000L);
    }

    @Test
    void countsDamagedLinesAndKeepsTheRest() throws IOException {
        Recording recording = read(
                "(EngineCore pid=7) INFO 01-02 00:00:01 [core.py:1] Iteration(1): 1 context requests, 80",
                "(EngineCore pid=7) INFO 01-02 00:00:01 [core.py:1] Iteration(99999999999999999999): " + COUNTS
                        + "iteration elapsed time: 1 ms",
                "(EngineCore pid=7) INFO 01-02 00:00:01 [core.py:1] Iteration(2): 1 context requests, 9999999999 context tokens,"
                        + " 0 generation requests, 0 generation tokens, iteration elapsed time: 1.00 ms",
                "(EngineCore pid=7) INFO 01-02 00:00:01 [core.py:1] Iteration(3): " + COUNTS + "iteration elapsed time: 1.00 ms");

        assertThat(recording.iterations()).singleElement().extracting(step -> step.number().orElseThrow()).isEqualTo(3L);
        assertThat(warning(recording, "iteration-line-damaged")).isEqualTo(3);
    }

    @Test
    void countsOnOverNewYear() throws IOException {
        Recording recording = read(
                "(EngineCore pid=7) INFO 12-31 23:59:59 [core.py:1] Iteration(1): " + COUNTS + "iteration elapsed time: 1.00 ms",
                "(EngineCore pid=7) INFO 01-01 00:00:01 [core.py:1] Iteration(2): " + COUNTS + "iteration elapsed time: 1.00 ms");

        assertThat(recording.iterations().get(1).endNanos().orElseThrow() - recording.iterations().get(0).endNanos().orElseThrow())
                .isEqualTo(2_000_000_000L);
    }

    @Test
    void readsAveragesOfEveryGeneration() throws IOException {
        Recording recording = read(
                "INFO 01-20 18:39:36 metrics.py:467] Avg prompt throughput: 2411.0 tokens/s, Avg generation throughput: 247.2 tokens/s,"
                        + " Running: 5 reqs, Swapped: 0 reqs, Pending: 3 reqs, GPU KV cache usage: 0.4%, CPU KV cache usage: 0.0%.",
                "INFO 01-20 18:39:36 metrics.py:483] Prefix cache hit rate: GPU: 79.73%, CPU: 0.00%",
                "(APIServer pid=1) INFO 01-20 18:39:46 [loggers.py:259] Engine 001: Avg prompt throughput: 1.0 tokens/s, Avg generation"
                        + " throughput: 18.1 tokens/s, Running: 10 reqs, Waiting: 90 reqs, GPU KV cache usage: 19.3%, Prefix cache hit rate:"
                        + " 2.5%, External prefix cache hit rate: 29.6%");

        assertThat(recording.intervals()).hasSize(2);
        Interval old = recording.intervals().getFirst();
        assertThat(old.waiting()).hasValue(3);
        assertThat(old.prefixHitRate()).hasValue(0.7973);
        Interval current = recording.intervals().getLast();
        assertThat(current.engine()).isEqualTo(1);
        assertThat(current.running()).hasValue(10);
        assertThat(current.waiting()).hasValue(90);
        assertThat(current.kvUsage()).hasValue(0.193);
        assertThat(current.prefixHitRate()).hasValue(0.025);
        assertThat(current.promptThroughput()).hasValue(1.0);
    }

    /// A command to paste needs the flags that a server was started with, and no secret.
    @Test
    void theServersArgumentsAreWordsOfACommand() throws IOException {
        Recording recording = read(
                "(APIServer pid=9) INFO 07-09 15:20:01 [utils.py:1] non-default args: {'model_tag': '/models/my org/Q', 'api_key': ['sk-1'],"
                        + " 'model': '/models/my org/Q', 'port': 8123, 'trust_remote_code': True, 'enable_prefix_caching': False, 'dtype': None,"
                        + " 'served_model_name': ['a', 'b'], 'compilation_config': {'level': 3, 'splitting_ops': ['x', 'y'], 'p': {'q': True}},"
                        + " 'chat_template': \"it's, {{ a }}\", 'kv_transfer_config': KVTransferConfig(a=[1, 2], b='c')}",
                "(EngineCore pid=7) INFO 07-09 15:23:51 [core.py:1] Iteration(0): " + COUNTS + "iteration elapsed time: 1.00 ms");
        assertThat(recording.settings().serverArguments()).containsExactly("/models/my org/Q", "--port", "8123", "--trust-remote-code",
                "--no-enable-prefix-caching", "--served-model-name", "a", "b", "--compilation-config",
                "{\"level\": 3, \"splitting_ops\": [\"x\", \"y\"], \"p\": {\"q\": true}}", "--chat-template", "it's, {{ a }}");
        assertThat(recording.settings().model()).contains("Q");
        assertThat(recording.warnings()).anyMatch(warning -> warning.code().equals("server-arguments-left-out") && warning.count() == 2);
    }

    @Test
    void readsWhatTheServerSaysAboutItself() throws IOException {
        Recording recording = read(
                "(APIServer pid=9) INFO 07-09 15:20:01 [api_server.py:1] vLLM API server version 0.19.0",
                "(APIServer pid=9) INFO 07-09 15:20:01 [utils.py:1] non-default args: {'model': '/models/private/Qwen3-8B',"
                        + " 'max_num_batched_tokens': 8192, 'max_num_seqs': 128, 'enable_prefix_caching': False, 'tensor_parallel_size': 2,"
                        + " 'long_prefill_token_threshold': 2048, 'scheduling_policy': 'priority'}",
                "(EngineCore pid=7) INFO 07-09 15:23:16 [kv_cache_utils.py:1] GPU KV cache size: 546,144 tokens",
                "(EngineCore pid=7) INFO 07-09 15:23:16 [kv_cache_utils.py:2] Maximum concurrency for 262,144 tokens per request: 2.08x",
                "(EngineCore pid=7) INFO 07-09 15:23:39 [vllm.py:790] Asynchronous scheduling is enabled.",
                "(APIServer pid=9) INFO 07-09 15:23:51 [cuda_graph.py:123] - Capture sizes: [1, 2, 4, 8]",
                "(EngineCore pid=7) INFO 07-09 15:23:51 [core.py:1] Iteration(0): " + COUNTS + "iteration elapsed time: 1.00 ms");

        assertThat(recording.settings().engineName()).contains("vllm");
        assertThat(recording.settings().engineVersion()).contains("0.19.0");
        assertThat(recording.settings().model()).contains("Qwen3-8B");
        assertThat(recording.settings().maxNumBatchedTokens()).isEqualTo(OptionalInt.of(8192));
        assertThat(recording.settings().maxNumSeqs()).hasValue(128);
        assertThat(recording.settings().maxModelLen()).hasValue(262_144);
        assertThat(recording.settings().tensorParallel()).hasValue(2);
        assertThat(recording.settings().prefixCaching()).contains(false);
        assertThat(recording.settings().longPrefillTokenThreshold()).hasValue(2048);
        assertThat(recording.settings().policy()).contains("priority");
        assertThat(recording.settings().asyncScheduling()).contains(true);
        assertThat(recording.settings().kvCapacityTokens()).hasValue(546_144);
        assertThat(recording.settings().captureSizes()).containsExactly(1, 2, 4, 8);
    }

    @Test
    void yieldsEveryIterationOfTheSharedLogs() {
        Recording tp8 = Recordings.read(List.of(SharedData.file("vllm-iteration-logs/kimi-k2.5-8xh200-tp8-mbnt8000.log")));
        assertThat(tp8.iterations()).hasSize(52);
        assertThat(tp8.intervals()).hasSize(3);
        assertThat(tp8.timing().basis()).isEqualTo(Basis.STEP);
        assertThat(tp8.timing().coverage()).isBetween(0.95, 1.05);
        assertThat(tp8.settings().maxNumBatchedTokens()).hasValue(8000);
        assertThat(tp8.iterations().getFirst().marks()).containsExactly(Mark.COLD);

        Recording tp4dp2 = Recordings.read(List.of(SharedData.file("vllm-iteration-logs/kimi-k2.5-8xh200-tp4dp2-mbnt65536.log")));
        assertThat(tp4dp2.iterations()).hasSize(96);
        assertThat(tp4dp2.iterations()).extracting(Iteration::engine).containsOnly(0, 1);
        Iteration waited =
                tp4dp2.iterations().stream().filter(step -> step.elapsedNanos().orElseThrow() == 2_346_120_000L).findFirst().orElseThrow();
        assertThat(waited.marks()).containsExactly(Mark.COUPLED);
    }

    private Iteration only(String line) throws IOException {
        return read(line).iterations().getFirst();
    }

    private Recording read(String... lines) throws IOException {
        Path log = Files.write(folder.resolve("server.txt"), List.of(lines), StandardCharsets.ISO_8859_1);
        return Recordings.read(List.of(log));
    }

    private static long warning(Recording recording, String code) {
        return recording.warnings().stream().filter(warning -> warning.code().equals(code)).mapToLong(RecordingWarning::count).sum();
    }
}
