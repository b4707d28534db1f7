package dev.iterscope.projection.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.iterscope.projection.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SweepCommandTest {
    private static final String RTX4090 = "RTX4090-Llama-3.1-8B-vllm0.19";

    @TempDir
    Path folder;

    private static Cli rtx4090(String... more) {
        List<String> args = new ArrayList<>(List.of("sweep", "--kernel-profile",
                SharedData.file("kernel-profiles/llmservingsim/RTX4090/Llama-3.1-8B-bf16-tp1").toString(), "--model", "llama-3.1-8b",
                "--workload", SharedData.file("end-to-end/" + RTX4090 + "/requests.jsonl").toString(), "--max-num-seqs", "256",
                "--max-num-batched-tokens", "2048", "--draws", "0", "--format", "json"));
        args.addAll(List.of(more));
        return Cli.run(args.toArray(String[]::new));
    }

    private static JsonNode json(Cli cli) throws IOException {
        assertThat(cli.code()).as(cli.err()).isEqualTo(ExitCode.DONE);
        return new ObjectMapper().readTree(cli.out());
    }

    /// Kernels in, end to end out: what vLLM 0.19 measured for these 300 requests is in the same data, from the same machine.
    @Test
    void kernelProfilesOfAnRtx4090GiveWhatTheServerMeasured() throws IOException {
        double ttft = 0;
        double tpot = 0;
        double latency = 0;
        List<String> lines = Files.readAllLines(SharedData.file("end-to-end/" + RTX4090 + "/requests.jsonl"));
        for (String line : lines) {
            JsonNode request = new ObjectMapper().readTree(line);
            double queued = request.get("queued_ts").asDouble();
            double first = request.get("first_token_ts").asDouble();
            double last = request.get("last_token_ts").asDouble();
            ttft += 1000 * (first - queued) / lines.size();
            tpot += 1000 * (last - first) / (request.get("output_toks").asInt() - 1) / lines.size();
            latency += 1000 * (last - queued) / lines.size();
        }
        JsonNode point = json(rtx4090("--num-gpu-blocks-override", "2588")).get("sweep").get(0);
        assertThat(point.get("mean_ttft_ms").asDouble()).isCloseTo(ttft, within(0.05 * ttft));
        assertThat(point.get("mean_tpot_ms").asDouble()).isCloseTo(tpot, within(0.03 * tpot));
        assertThat(point.get("mean_e2el_ms").asDouble()).isCloseTo(latency, within(0.04 * latency));
    }

    private static JsonNode synthetic(String... more) throws IOException {
        List<String> args = new ArrayList<>(List.of("sweep", "--kernel-model", "../samples/h100-llama-3.1-8b/kernels.json", "--model",
                "llama-3.1-8b", "--num-gpu-blocks-override", "4000", "--max-num-seqs", "32", "--max-num-batched-tokens", "2048", "--draws",
                "0", "--num-prompts", "200", "--random-input-len", "600", "--random-output-len", "100", "--random-range-ratio", "0.5",
                "--format", "json"));
        args.addAll(List.of(more));
        return json(Cli.run(args.toArray(String[]::new))).get("sweep").get(0);
    }

    @Test
    void fourRanksServeMoreAndCoupledOnesLessThanFreeOnes() throws IOException {
        double one = synthetic().get("output_throughput").asDouble();
        assertThat(synthetic("--data-parallel-size", "1").get("output_throughput").asDouble()).isEqualTo(one);
        double free = synthetic("--data-parallel-size", "4").get("output_throughput").asDouble();
        double coupled = synthetic("--data-parallel-size", "4", "--data-parallel-coupled").get("output_throughput").asDouble();
        assertThat(free).isBetween(2 * one, 4 * one);
        assertThat(coupled).isBetween(one, free);
    }

    @Test
    void ranksThatNoBackendHasAreNotMeasured() {
        assertThat(rtx4090("--num-gpu-blocks-override", "2588", "--data-parallel-size", "0").code()).isEqualTo(ExitCode.USAGE);
        assertThat(rtx4090("--num-gpu-blocks-override", "2588", "--data-parallel-size", "2", "--measure").code()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void fasterAttentionIsFaster() throws IOException {
        JsonNode now = json(rtx4090("--num-gpu-blocks-override", "2588")).get("sweep").get(0);
        JsonNode faster = json(rtx4090("--num-gpu-blocks-override", "2588", "--kernel-speedup", "attention=1.5")).get("sweep").get(0);
        double gain = faster.get("output_throughput").asDouble() / now.get("output_throughput").asDouble();
        assertThat(gain).isBetween(1.005, 1.5);
    }

    @Test
    void withoutAKvCapacityThereIsNoSweep() {
        Cli cli = rtx4090();
        assertThat(cli.code()).isEqualTo(ExitCode.UNUSABLE_INPUT);
        assertThat(cli.err().lines()).singleElement().asString().contains("--num-gpu-blocks-override");
    }

    @Test
    void aWhatIfOfAnUnknownPartOrDeviceIsAUsageError() {
        assertThat(rtx4090("--num-gpu-blocks-override", "2588", "--kernel-speedup", "magic=2").code()).isEqualTo(ExitCode.USAGE);
        assertThat(rtx4090("--num-gpu-blocks-override", "2588", "--device", "rtx4090:abacus").code()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void pointsAreMeasuredBesideTheirPredictions() throws IOException {
        String recording = folder.resolve("run.jfr").toString();
        Cli run = Cli.run("run", "--num-prompts", "12", "--random-input-len", "60", "--random-output-len", "12", "--random-range-ratio",
                "0.5", "--memory", "512MiB", "--max-num-seqs", "8", "--record", recording);
        assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.DONE);
        JsonNode root = json(Cli.run("sweep", recording, "--measure", "--runs", "2", "--draws", "0", "--memory", "512MiB",
                "--backend", "emulated", "--measure-own-model", "--max-num-batched-tokens", "32,128,512", "--format", "json"));
        assertThat(root.get("measured_on").asText()).contains("tiny", "emulated backend", "recorded was another: tiny on the cpu backend",
                "the predictions' own");
        assertThat(root.get("notes").get(0)).isEqualTo(root.get("measured_on"));
        assertThat(root.get("measured")).hasSize(3).allSatisfy(point -> {
            assertThat(point.get("runs").asInt()).isEqualTo(2);
            assertThat(point.get("output_throughput").asDouble()).isPositive();
            assertThat(point.has("spread_percent")).isTrue();
        });
        assertThat(root.at("/errors/output_throughput").isNumber()).isTrue();
        assertThat(root.at("/null_regret_percent/keep").isNumber()).isTrue();
        assertThat(root.at("/null_regret_percent/2048").isNull()).isTrue();
    }

    /// A measurement whose step times are the predictions' own shows no error of them, and nobody may take that for accuracy.
    @Test
    void aCircularMeasurementIsRefused() {
        String recording = folder.resolve("run.jfr").toString();
        Cli run = Cli.run("run", "--num-prompts", "12", "--random-input-len", "60", "--random-output-len", "12", "--memory", "512MiB",
                "--max-num-seqs", "8", "--record", recording);
        assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.DONE);
        Cli circular = Cli.run("sweep", recording, "--measure", "--backend", "emulated", "--draws", "0");
        assertThat(circular.code()).isEqualTo(ExitCode.USAGE);
        assertThat(circular.err().lines().findFirst().orElseThrow()).contains("--measure-own-model");
        assertThat(Cli.run("sweep", recording, "--measure-own-model").code()).isEqualTo(ExitCode.USAGE);
        assertThat(Cli.run("sweep", recording, "--measure", "--measure-own-model").err()).contains("backend cpu takes its own times");
    }

    /// The bundled engine on this machine is not the server whose log it is.
    @Test
    void aServersLogIsNotMeasuredOnAnotherEngineUnasked() throws IOException {
        String log = serverLog().toString();
        Cli cli = sweepMeasured(log);
        assertThat(cli.code()).isEqualTo(ExitCode.USAGE);
        assertThat(cli.err().lines().findFirst().orElseThrow()).contains("the recording is of vllm", "--backend", "--model");
        assertThat(sweepMeasured(log, "--backend", "cpu").err()).contains("--measure needs --model");

        List<String> asked = List.of("--backend", "cpu", "--model", "tiny", "--memory", "512MiB");
        Cli csv = sweepMeasured(log, Stream.concat(asked.stream(), Stream.of("--format", "csv")).toArray(String[]::new));
        assertThat(csv.code()).as(csv.err()).isEqualTo(ExitCode.DONE);
        List<String> rows = csv.out().lines().toList();
        assertThat(rows.getFirst()).endsWith(",measured_on");
        assertThat(rows).filteredOn(row -> row.startsWith("measured,")).singleElement().asString()
                .contains("measured: tiny on the bundled engine's cpu backend", "recorded was another: a model not named on vllm");
        for (String format : List.of("text", "html", "json")) {
            Cli other = sweepMeasured(log, Stream.concat(asked.stream(), Stream.of("--format", format)).toArray(String[]::new));
            assertThat(other.out().replaceAll("\\s+", " ").replace("&#39;", "'")).as(format)
                    .contains("tiny on the bundled engine", "recorded was another");
        }
    }

    private static Cli sweepMeasured(String log, String... more) {
        List<String> args = new ArrayList<>(List.of("sweep", log, "--measure", "--runs", "1", "--draws", "0", "--max-num-batched-tokens",
                "256", "--max-num-seqs", "8", "--num-prompts", "4", "--random-input-len", "40", "--random-output-len", "4"));
        args.addAll(List.of(more));
        return Cli.run(args.toArray(String[]::new));
    }

    private Path serverLog() throws IOException {
        StringBuilder log = new StringBuilder("INFO 07-09 15:20:01 [core.py:1] GPU KV cache size: 60,000 tokens\n");
        for (int i = 1; i <= 200; i++) {
            log.append(String.format(Locale.ROOT,
                    "INFO 07-09 15:20:%02d [core.py:349] Iteration(%d): %d context requests, %d context tokens, %d generation requests,"
                            + " %d generation tokens, iteration elapsed time: %.2f ms%n",
                    10 + i / 20, i, i % 3 == 0 ? 1 : 0, i % 3 == 0 ? 50 + 10 * (i % 20) : 0, i % 7 + 1, i % 7 + 1,
                    10 + 0.1 * (i % 7) + (i % 3 == 0 ? 0.05 * (50 + 10 * (i % 20)) : 0)));
        }
        return Files.writeString(folder.resolve("server.log"), log);
    }

    @Test
    void nothingToSweepIsAUsageError() {
        assertThat(Cli.run("sweep").code()).isEqualTo(ExitCode.USAGE);
    }
}
