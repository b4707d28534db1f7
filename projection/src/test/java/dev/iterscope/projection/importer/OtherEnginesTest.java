package dev.iterscope.projection.importer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.projection.SharedData;
import dev.iterscope.projection.recording.Interval;
import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.RequestRecord;
import dev.iterscope.projection.recording.Timing.Basis;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OtherEnginesTest {

    @TempDir
    Path folder;

    @Test
    void tensorRtDeviceTimeGoesToTheIterationBefore() throws IOException {
        Recording recording =
                read("""
                        [08/04/2026-19:08:13] [TRT-LLM] [I] [_torch][RANK 0] iter = 5, global_rank = 0, rank = 0, num_scheduled_requests = 3, kv_cache_util = 0.125,\
                         host_step_time = 9.0ms, prev_device_step_time = N/A, timestamp = 2026-08-04 19:08:13, states = {'num_ctx_requests': 1,\
                         'num_ctx_tokens': 100, 'num_generation_tokens': 2}
                        noise
                        [I] iter = 6, rank = 0, num_scheduled_requests: 0, prev_device_step_time = 7.5ms, timestamp = 2026-08-04 19:08:14,\
                         states = {'num_generation_tokens': 0, 'num_ctx_tokens': 0, 'num_ctx_requests': 0}
                        [I] iter = 7, rank = 0, num_scheduled_requests: 2, prev_device_step_time = 999ms, timestamp = 2026-08-04 19:08:15,\
                         states = {'num_generation_tokens': 2, 'num_ctx_tokens': 0, 'num_ctx_requests': 0}
                        """);

        assertThat(recording.source()).isEqualTo("trtllm-log");
        assertThat(recording.iterations()).hasSize(3);
        Iteration first = recording.iterations().getFirst();
        assertThat(first.contextTokens()).isEqualTo(100);
        assertThat(first.generationRequests()).isEqualTo(2);
        assertThat(first.elapsedNanos()).hasValue(7_500_000);
        assertThat(first.kv().orElseThrow().share()).hasValue(0.125);
        assertThat(recording.iterations().get(1).elapsedNanos()).as("idle time, not a step's").isEmpty();
    }

    /// Two steps of two ranks, of which each has fetched so many of so many requests.
    private static String twoRanks(String fetchedByFirst, String fetchedBySecond) {
        StringBuilder log = new StringBuilder();
        for (int step = 5; step < 8; step++) {
            for (int rank = 0; rank < 2; rank++) {
                log.append(
                        "iter = %d, global_rank = %d, rank = %d, num_scheduled_requests = 2, currank_total_requests = %s, host_step_time = 9.0ms,"
                                .formatted(step, rank, rank, rank == 0 ? fetchedByFirst : fetchedBySecond));
                log.append(
                        " prev_device_step_time = %d.5ms, timestamp = 2026-08-04 19:08:13, states = {'num_ctx_requests': 0, 'num_ctx_tokens': 0,"
                                .formatted(step + rank));
                log.append(" 'num_generation_tokens': 2}\n");
            }
        }
        return log.toString();
    }

    @Test
    void tensorRtRanksWithTheSameRequestsAreOneEngine() throws IOException {
        Recording recording = read(twoRanks("4/4", "4/4"));

        assertThat(recording.iterations()).extracting(Iteration::engine).containsExactly(0, 0, 0);
        assertThat(recording.iterations().getFirst().elapsedNanos()).hasValue(6_500_000);
        assertThat(recording.warnings()).anySatisfy(warning -> assertThat(warning.message()).contains("rank of the same engine"));
    }

    @Test
    void tensorRtRanksWithRequestsOfTheirOwnAreEngines() throws IOException {
        Recording recording = read(twoRanks("3/4", "1/4"));

        assertThat(recording.iterations()).extracting(Iteration::engine).containsExactly(0, 0, 0, 1, 1, 1);
        assertThat(recording.iterations().get(3).elapsedNanos()).as("of its own next line").hasValue(7_500_000);
    }

    @Test
    void readsTensorRtLinesFromBeforeTheyCountedRequests() throws IOException {
        Recording recording =
                read("""
                        [04/28/2025-09:56:44] [TRT-LLM] [I] iter = 198, global_rank = 0, rank = 0, currank_total_requests = 0/0,\
                         elapsed_time = 0.005060911178588867s, timestamp = 2025-04-28 09:56:44, states = {'num_ctx_requests': 1, 'num_ctx_tokens': 70,\
                         'num_generation_tokens': 16}
                        [04/28/2025-09:56:44] [TRT-LLM] [I] iter = 199, global_rank = 0, rank = 0, currank_total_requests = 0/0,\
                         elapsed_time = 0.005060911178588867s, timestamp = 2025-04-28 09:56:44, num_scheduled_requests: 10,\
                         states = {'num_ctx_requests': 0, 'num_ctx_tokens': 0, 'num_generation_tokens': 16}
                        """);

        assertThat(recording.source()).isEqualTo("trtllm-log");
        assertThat(recording.iterations()).extracting(Iteration::generationRequests).containsExactly(16, 10);
        Iteration first = recording.iterations().getFirst();
        assertThat(first.contextTokens()).isEqualTo(70);
        assertThat(first.elapsedNanos()).hasValue(5_060_911);
        assertThat(first.endNanos()).hasValue(1_745_834_204_000_000_000L);
        assertThat(recording.warnings()).filteredOn(warning -> warning.code().equals("generation-requests-unknown")).singleElement()
                .satisfies(warning -> assertThat(warning.count()).isEqualTo(1));
    }

    @Test
    void readsTensorRtObjectsOf2023() throws IOException {
        Recording recording =
                read("""
                        I1120 02:29:01.795279 42888 libtensorrtllm.cc:1009] {"Active Request Count":1,"Iteration Counter":200,"Timestamp":"11-20-2023 02:29:01"}
                        [TensorRT-LLM][INFO] {"Active Request Count":249,"Context Requests":8,"Free KV cache blocks":0,"Generation Requests":231,\
                        "Iteration Counter":90,"Max KV cache blocks":2448,"Max Request Count":256,"MicroBatch ID":0,"Runtime CPU Memory Usage":28784,\
                        "Runtime GPU Memory Usage":540173600,"Runtime Pinned Memory Usage":0,"Scheduled Requests":239,"Timestamp":"12-13-2023 14:55:14",\
                        "Tokens per KV cache block":128,"Total Context Tokens":6904,"Used KV cache blocks":2448}
                        [TensorRT-LLM][INFO] {"Active Request Count":249,"Context Requests":8,"Iteration Counter":91,"Generation Requ
                        """);

        assertThat(recording.source()).isEqualTo("trtllm-log");
        assertThat(recording.iterations()).singleElement().satisfies(step -> {
            assertThat(step.number()).hasValue(90);
            assertThat(step.contextRequests()).isEqualTo(8);
            assertThat(step.contextTokens()).isEqualTo(6904);
            assertThat(step.generationRequests()).isEqualTo(231);
            assertThat(step.runningRequests()).hasValue(249);
            assertThat(step.kv().orElseThrow().blocksUsed()).hasValue(2448);
            assertThat(step.endNanos()).hasValue(1_702_479_314_000_000_000L);
            assertThat(step.elapsedNanos()).isEmpty();
        });
        assertThat(recording.settings().kvCapacityTokens()).hasValue(2448 * 128);
        assertThat(recording.warnings()).extracting(warning -> warning.code()).contains("iteration-without-batch",
                "iteration-line-damaged");
    }

    @Test
    void readsTensorRtStatistics() {
        Recording recording = Recordings.read(List.of(SharedData.file("log-lines/trtllm-iteration-stats.json")));

        Iteration step = recording.iterations().getFirst();
        assertThat(step.contextTokens()).isEqualTo(13);
        assertThat(step.kv().orElseThrow().blocksTotal()).hasValue(5358);
        assertThat(recording.settings().blockSize()).hasValue(32);
        assertThat(recording.settings().kvCapacityTokens()).hasValue(5358 * 32);
    }

    @Test
    void sglangsArgumentsGiveItsLimits() throws IOException {
        Recording recording = read(
                "[2025-06-12 11:41:00] server_args=ServerArgs(model_path='/models/Q', tokenizer_path='/models/Q', host='127.0.0.1', port=30001,"
                        + " api_key='sk-1', mem_fraction_static=0.837, max_running_requests=256, chunked_prefill_size=4096, tp_size=2, dtype='auto',"
                        + " quantization=None, disable_radix_cache=True, enable_mixed_chunk=False, random_seed=12, lora_paths=[], x=Foo(a=1))\n"
                        + "[2025-06-12 11:41:56 TP0] Prefill batch. #new-seq: 1, #new-token: 512, #cached-token: 0, token usage: 0.01, #running-req: 0,"
                        + " #queue-req: 0, ");
        assertThat(recording.settings().serverArguments()).containsExactly("--model-path", "/models/Q", "--host", "127.0.0.1", "--port",
                "30001",
                "--mem-fraction-static", "0.837", "--max-running-requests", "256", "--chunked-prefill-size", "4096", "--tp-size", "2",
                "--dtype", "auto", "--disable-radix-cache");
        assertThat(recording.settings().maxNumBatchedTokens()).hasValue(4096);
        assertThat(recording.settings().maxNumSeqs()).hasValue(256);
        assertThat(recording.settings().model()).contains("Q");
    }

    @Test
    void aSingleSglangDecodeLineGivesNoTimes() throws IOException {
        Recording recording =
                read("""
                        [2026-04-05 20:02:48 DP3 TP0] Prefill batch, #new-seq: 2, #new-token: 148, #cached-token: 64, full token usage: 0.01,\
                         swa token usage: 0.08, #running-req: 31, #queue-req: 5, cuda graph: True
                        [2026-04-05 20:02:49 DP3 TP0] Decode batch. #running-req: 8, #token: 62531, token usage: 0.12, gen throughput (token/s): 186.64, #queue-req: 4
                        [2026-04-05 20:02:50] KV Cache is allocated. #tokens: 2405039,
                        """);

        Iteration step = recording.iterations().getFirst();
        assertThat(step.engine()).isEqualTo(3);
        assertThat(step.contextRequests()).isEqualTo(2);
        assertThat(step.detail().orElseThrow().prefixHitTokens()).hasValue(64);
        assertThat(step.kv().orElseThrow().share()).as("the fullest pool").hasValue(0.08);
        Interval interval = recording.intervals().getFirst();
        assertThat(interval.generationThroughput()).hasValue(186.64);
        assertThat(interval.endNanos().orElseThrow() - step.endNanos().orElseThrow()).isEqualTo(1_000_000_000L);
        assertThat(recording.settings().kvCapacityTokens()).hasValue(2_405_039);
        assertThat(recording.timing().basis()).as("how long the time before the first decode line was is not known")
                .isEqualTo(Basis.UNUSABLE);
    }

    @Test
    void everySharedSglangLineIsARecordOrCounted() throws IOException {
        Path log = SharedData.file("log-lines/sglang.log");
        Recording recording = Recordings.read(List.of(log));

        long counted = recording.warnings().stream().filter(warning -> warning.code().startsWith("ignored"))
                .mapToLong(warning -> warning.count()).sum();
        long prefills = recording.iterations().stream().filter(step -> step.contextRequests() > 0).count();
        assertThat(prefills + recording.intervals().size() + counted + 1).as("one line tells the KV cache's size")
                .isEqualTo(Files.readAllLines(log).size());
    }

    @Test
    void benchResultsAreRequests() throws IOException {
        Recording recording = read("""
                {"model_id": "m", "request_throughput": 1.5, "input_lens": [100, 7, 9], "output_lens": [3, 1, 0], "ttfts": [0.5, 0.25, 0],
                 "itls": [[0.01, 0.03], [], []], "errors": ["", "", "timeout"]}
                """);

        assertThat(recording.requests()).hasSize(2);
        RequestRecord request = recording.requests().getFirst();
        assertThat(request.promptTokens()).hasValue(100);
        assertThat(request.timeToFirstTokenNanos()).hasValue(500_000_000);
        assertThat(request.endToEndNanos()).hasValue(540_000_000);
        assertThat(request.meanTimePerOutputTokenNanos()).hasValue(20_000_000);
        assertThat(request.interTokenNanos()).containsExactly(10_000_000L, 30_000_000L);
        assertThat(recording.requests().getLast().meanTimePerOutputTokenNanos()).isEqualTo(OptionalLong.empty());
    }

    @Test
    void forwardPassMetricsAreSteps() throws IOException {
        Recording recording =
                read("""
                        {"worker_id": "w", "dp_rank": 1, "wall_time": 0.0, "scheduled_requests": {}}
                        {"worker_id": "w", "dp_rank": 1, "wall_time": 0.0125, "scheduled_requests": {"num_prefill_requests": 1, "sum_prefill_tokens": 512,\
                         "sum_prefill_kv_tokens": 1024, "num_decode_requests": 7, "sum_decode_kv_tokens": 9000, "var_decode_kv_tokens": 4.5},\
                         "queued_requests": {"sum_prefill_tokens": 33}}
                        {"wall_time": 0.0
                        """);

        Iteration step = recording.iterations().getFirst();
        assertThat(recording.iterations()).hasSize(1);
        assertThat(step.engine()).isEqualTo(1);
        assertThat(step.elapsedNanos()).hasValue(12_500_000);
        assertThat(step.generationRequests()).isEqualTo(7);
        assertThat(step.detail().orElseThrow().generationKvTokens()).hasValue(9000);
        assertThat(step.detail().orElseThrow().generationKvVariance()).hasValue(4.5);
        assertThat(step.detail().orElseThrow().queuedContextTokens()).hasValue(33);
        assertThat(recording.warnings()).anyMatch(warning -> warning.code().equals("json-line-damaged"));
    }

    private Recording read(String text) throws IOException {
        return Recordings.read(List.of(Files.writeString(folder.resolve("source"), text)));
    }
}
