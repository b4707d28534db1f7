package dev.iterscope.projection.importer.sglang;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.iterscope.engine.schedule.StepCounts;
import dev.iterscope.projection.importer.Recordings;
import dev.iterscope.projection.model.IterationFit;
import dev.iterscope.projection.model.IterationModels;
import dev.iterscope.projection.model.IterationOptions;
import dev.iterscope.projection.model.IterationStepModel;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.RecordingWarning;
import dev.iterscope.projection.recording.Timing;
import dev.iterscope.projection.workload.InferredWorkload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Logs in SGLang's format from a server whose batches take known times.
class SglangFitTest {
    private static final double FIXED_MICROS = 7000;
    private static final double TOKEN_MICROS = 45;
    private static final double KV_MICROS = 0.05;
    private static final int CHUNK = 2048;

    @TempDir
    private Path folder;

    /// One request: prompt tokens left, output tokens left, tokens in the KV cache.
    private static final class Sequence {
        private int prompt;
        private int output;
        private int held;

        Sequence(int prompt, int output) {
            this.prompt = prompt;
            this.output = output;
        }
    }

    /// Serves prompts and generation in separate batches, as SGLang does without mixed chunks, and logs as it does.
    private static final class Server {
        private final SplittableRandom random;
        private final int interval;
        private final List<String> lines = new ArrayList<>();
        private final ArrayDeque<Sequence> waiting = new ArrayDeque<>();
        private final List<Sequence> running = new ArrayList<>();
        private double micros;
        private double lastDecodeLine;
        private long generated;
        private long decodes;

        Server(long seed, int interval) {
            this.random = new SplittableRandom(seed);
            this.interval = interval;
            lines.add("[2026-03-14 02:16:00] server_args=ServerArgs(model_path='m', chunked_prefill_size=" + CHUNK
                    + ", max_running_requests=64, page_size=1, tp_size=1, dp_size=1, decode_log_interval=" + interval + ")");
            lines.add("[2026-03-14 02:16:01 TP0] max_total_num_tokens=400000, chunked_prefill_size=" + CHUNK
                    + ", max_prefill_tokens=16384, max_running_requests=64, context_len=32768");
        }

        private void add(int prompt, int output) {
            waiting.add(new Sequence(prompt, output));
        }

        private long held() {
            return running.stream().mapToLong(sequence -> sequence.held).sum();
        }

        private void pass(double exact) {
            micros += exact * (1 + 0.01 * random.nextGaussian());
        }

        private String stamp() {
            return String.format(Locale.ROOT, "[2026-03-14 02:%02d:%02d TP0]", 16 + (int) (micros / 60e6), (int) (micros / 1e6) % 60);
        }

        private void prefill() {
            int left = CHUNK;
            int sequences = 0;
            while (left > 0 && !waiting.isEmpty() && running.size() < 64) {
                Sequence next = waiting.peek();
                int chunk = Math.min(left, next.prompt);
                next.prompt -= chunk;
                next.held += chunk;
                left -= chunk;
                sequences++;
                if (next.prompt > 0) {
                    break;
                }
                next.output--;
                running.add(waiting.remove());
            }
            pass(FIXED_MICROS + TOKEN_MICROS * (CHUNK - left));
            lines.add(String.format(Locale.ROOT, "%s Prefill batch. #new-seq: %d, #new-token: %d, #cached-token: 0, token usage: %.2f, "
                    + "#running-req: %d, #queue-req: %d, ", stamp(), sequences, CHUNK - left, held() / 400000.0, running.size(),
                    waiting.size()));
        }

        private void decode() {
            pass(FIXED_MICROS + TOKEN_MICROS * running.size() + KV_MICROS * held());
            generated += running.size();
            running.forEach(sequence -> {
                sequence.held++;
                sequence.output--;
            });
            int batch = running.size();
            running.removeIf(sequence -> sequence.output <= 0);
            if (++decodes % interval == 0) {
                lines.add(String.format(Locale.ROOT, "%s Decode batch. #running-req: %d, #token: %d, token usage: %.2f, cuda graph: True, "
                        + "gen throughput (token/s): %.2f, #queue-req: %d, ", stamp(), batch, held(), held() / 400000.0,
                        generated / ((micros - lastDecodeLine) / 1e6), waiting.size()));
                lastDecodeLine = micros;
                generated = 0;
            }
        }

        List<String> serve() {
            while (!waiting.isEmpty() || !running.isEmpty()) {
                if (!waiting.isEmpty() && running.size() < 64) {
                    prefill();
                } else {
                    decode();
                }
            }
            return lines;
        }
    }

    private Recording varied(long seed, int interval) throws IOException {
        SplittableRandom lengths = new SplittableRandom(seed);
        Server server = new Server(seed, interval);
        for (int i = 0; i < 150; i++) {
            server.add(100 + lengths.nextInt(3000), 20 + lengths.nextInt(500));
        }
        return Recordings.read(List.of(Files.write(folder.resolve("sglang.log"), server.serve())));
    }

    private static IterationStepModel fit(Recording recording) {
        return ((IterationFit.Fitted) IterationModels.fit(recording, List.of(recording), IterationOptions.DEFAULTS)).model();
    }

    private static double decodeMicros(IterationStepModel model, int requests, int kvTokens) {
        StepCounts counts = new StepCounts(0, 0, requests, requests, 0, 1000, 0, requests, 0, 0, CHUNK, 1, 0, 0, 0, kvTokens, 0, 0, 0, 0, 0,
                0, 0, 0, 0, 0);
        return model.predict(counts).nanos() / 1000.0;
    }

    @ParameterizedTest
    @CsvSource({"1, 40", "2, 40", "3, 40", "4, 10", "5, 1", "6, 1"})
    void timesOfDecodeBatchesAreRecovered(long seed, int interval) throws IOException {
        Recording recording = varied(seed, interval);
        assertThat(recording.timing().basis()).isEqualTo(Timing.Basis.TIMESTAMPS);
        assertThat(recording.settings().maxNumBatchedTokens()).hasValue(CHUNK);
        assertThat(recording.settings().maxNumSeqs()).hasValue(64);
        assertThat(recording.settings().kvCapacityTokens()).hasValue(400_000);
        IterationStepModel model = fit(recording);
        for (int requests : new int[] {16, 32, 60}) {
            int kv = 1500 * requests;
            assertThat(decodeMicros(model, requests, kv)).isCloseTo(FIXED_MICROS + TOKEN_MICROS * requests + KV_MICROS * kv,
                    withinPercentage(8));
        }
    }

    @Test
    void whatAPrefillBatchAddsIsRecoveredFromWindowsWithPrefills() throws IOException {
        IterationStepModel model = fit(varied(8, 10));
        StepCounts prefill = new StepCounts(2, 1500, 0, 0, 0, 1000, 0, 2, 0, 0, CHUNK, 1, 0, 600_000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        assertThat(model.predict(prefill).nanos() / 1000.0).isCloseTo(FIXED_MICROS + TOKEN_MICROS * 1500, withinPercentage(10));
    }

    @Test
    void oneBatchSizeAloneIsSaidNotToTellEverything() throws IOException {
        Server server = new Server(7, 40);
        for (int i = 0; i < 8; i++) {
            server.add(500, 2000);
        }
        Recording recording = Recordings.read(List.of(Files.write(folder.resolve("one.log"), server.serve())));
        assertThat(fit(recording).summary().identifiable()).isFalse();
    }

    /// Prompts and generation in separate batches: requests that wait for a prompt have not ended.
    @Test
    void lengthsAreInferredFromSeparateBatches() throws IOException {
        InferredWorkload.Guess guess = InferredWorkload.of(varied(9, 10), CHUNK, 1).orElseThrow();
        assertThat(guess.outputSeen()).isTrue();
        assertThat(guess.trace().entries().getFirst().inputTokens()).isCloseTo(1600, withinPercentage(10));
        assertThat(guess.trace().entries().getFirst().outputTokens()).isCloseTo(270, withinPercentage(15));
    }

    /// With speculative decoding a request gets several tokens of a batch, so throughput alone is no batch time.
    @Test
    void acceptedDraftsAreTakenIntoAccount() throws IOException {
        Recording recording = Recordings.read(List.of(Files.write(folder.resolve("drafts.log"), List.of(
                "[2026-03-14 02:16:00] server_args=ServerArgs(model_path='m', decode_log_interval=40)",
                "[2026-03-14 02:16:01 TP0] Decode batch. #running-req: 10, #token: 10000, token usage: 0.1, accept len: 2.50, accept rate: 0.66,"
                        + " cuda graph: True, gen throughput (token/s): 900.00, #queue-req: 0",
                "[2026-03-14 02:16:02 TP0] Decode batch. #running-req: 10, #token: 11000, token usage: 0.1, accept len: 2.50, accept rate: 0.66,"
                        + " cuda graph: True, gen throughput (token/s): 1000.00, #queue-req: 0"))));
        assertThat(recording.iterations().getLast().elapsedNanos()).as("10 x 2.5 tokens at 1000 a second").hasValue(25_000_000);
        assertThat(recording.warnings()).extracting(RecordingWarning::code).contains("speculative-decoding");
    }

    @Test
    void retractedRequestsAndPipelineStagesAreSeen() throws IOException {
        String decode =
                " Decode batch. #running-req: 10, #token: 10000, token usage: 0.1, gen throughput (token/s): 1000.00, #queue-req: 0";
        Recording recording = Recordings.read(List.of(Files.write(folder.resolve("retracted.log"), List.of(
                "[2026-03-14 02:16:00] server_args=ServerArgs(model_path='m', decode_log_interval=2)",
                "[2026-03-14 02:16:01 PP0 TP0]" + decode,
                "[2026-03-14 02:16:01 PP1 TP0]" + decode,
                "[2026-03-14 02:16:01 PP0 TP0] KV cache pool is full. Retract requests. #retracted_reqs: 3, #new_token_ratio: 0.4 -> 0.5",
                "[2026-03-14 02:16:02 PP0 TP0]" + decode,
                "[2026-03-14 02:16:02 PP1 TP0]" + decode))));
        assertThat(recording.iterations()).as("one before, two between the lines of the first stage").hasSize(3);
        assertThat(recording.iterations().stream().mapToLong(step -> step.preemptions().orElse(0)).sum()).isEqualTo(3);
    }

    @Test
    void refusalsNameSglangsFlags() throws IOException {
        Recording recording = Recordings.read(List.of(Files.write(folder.resolve("short.log"), List.of(
                "[2026-03-14 02:16:01 TP0] Prefill batch. #new-seq: 1, #new-token: 9, #cached-token: 0, token usage: 0.1, #running-req: 0,"
                        + " #queue-req: 0"))));
        IterationFit.NotPossible refused =
                (IterationFit.NotPossible) IterationModels.fit(recording, List.of(recording), IterationOptions.DEFAULTS);
        assertThat(refused.reason()).contains("decode lines");
        assertThat(refused.nextMeasurement()).contains("--decode-log-interval 1").doesNotContain("async", "steps");
        Path empty = Files.writeString(folder.resolve("empty.log"), "[2026-03-14 02:16:00] server_args=ServerArgs(model_path='m')\n");
        assertThatThrownBy(() -> Recordings.read(List.of(empty))).hasMessageContaining("--decode-log-interval 1");
    }

    @Test
    void sizesFollowThePrefillLines() {
        DecodeWindow.Line before = new DecodeWindow.Line(10, OptionalLong.of(0), 0, 1, 0, 1);
        DecodeWindow.Line line = new DecodeWindow.Line(12, OptionalLong.of(0), 0, 1, 0, 1);
        DecodeWindow.Prefill first = prefill(2, 8, 3);
        DecodeWindow.Prefill second = prefill(3, 10, 0);
        assertThat(WindowSizes.of(before, List.of(first, second), line, 8)).as("none between prefill batches with requests waiting")
                .isDeepEqualTo(new int[][] {{10, 9, 9, 8}, {}, {13, 13, 12, 12}});
        assertThat(WindowSizes.of(before, List.of(first, second), line, 1)).isDeepEqualTo(new int[][] {{}, {}, {12}});
    }

    private static DecodeWindow.Prefill prefill(int sequences, long running, long waiting) {
        return new DecodeWindow.Prefill(sequences, 100, OptionalLong.empty(), OptionalLong.of(running), OptionalLong.of(waiting), 0,
                OptionalLong.empty(), false, false);
    }
}
