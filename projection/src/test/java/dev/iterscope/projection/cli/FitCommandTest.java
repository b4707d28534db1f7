package dev.iterscope.projection.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FitCommandTest {
    @TempDir
    private Path folder;

    private Path recording = Path.of("");
    private Path other = Path.of("");
    private Path layers = Path.of("");
    private Path kernels = Path.of("");

    @BeforeEach
    void write() throws IOException {
        recording = log("recorded.log", 1);
        other = log("other.log", 2);
        layers = Files.createDirectories(folder.resolve("layers"));
        List<String> dense = new ArrayList<>(List.of("layer,tokens,time_us"));
        for (String layer : List.of("qkv_proj", "o_proj", "gate_up_proj", "down_proj")) {
            for (int n = 1; n <= 4096; n *= 2) {
                dense.add(layer + "," + n + "," + (5 + 0.02 * n));
            }
        }
        Files.write(layers.resolve("dense.csv"), dense);
        List<String> heads = new ArrayList<>(List.of("layer,sequences,time_us"));
        List<String> attention = new ArrayList<>(List.of("prefill_chunk,kv_prefill,n_decode,kv_decode,time_us"));
        for (int n = 1; n <= 64; n *= 4) {
            heads.add("lm_head," + n + ",50");
            for (int kv = 16; kv <= 4096; kv *= 4) {
                attention.add("0,0," + n + "," + kv + "," + (5 + 1e-3 * n * kv));
                attention.add(16 * n + "," + kv + ",0,0," + (5 + 1e-4 * n * kv));
            }
        }
        Files.write(layers.resolve("per_sequence.csv"), heads);
        Files.write(layers.resolve("attention.csv"), attention);
        Files.writeString(layers.resolve("meta.yaml"), """
                gpu: NVIDIA GeForce RTX 4090
                engine_effective:
                  tensor_parallel_size: 1
                  hf_overrides:
                    intermediate_size: 1536
                    num_attention_heads: 8
                    num_key_value_heads: 4
                """);
        kernels = Files.createDirectories(folder.resolve("kernels"));
        Files.write(kernels.resolve("gemm.csv"), List.of("gemm_dtype,m,n,k,latency", "bfloat16,1,64,64,0.01", "bfloat16,8,64,64,0.01"));
    }

    /// A server's log of steps with 1 % of noise.
    private Path log(String name, long seed) throws IOException {
        return log(name, seed, 40_000_000);
    }

    private Path log(String name, long seed, double startMillis) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        List<String> lines = new ArrayList<>();
        double now = startMillis;
        for (int i = 0; i < 400; i++) {
            int generation = random.nextInt(1, 40);
            int context = i % 3 == 0 ? random.nextInt(100, 900) : 0;
            int blocks = 40 * generation + random.nextInt(400);
            double millis = (8 + 0.05 * (context + generation) + 2e-4 * 16 * blocks) * (1 + 0.01 * random.nextGaussian());
            now += millis;
            long second = (long) (now / 1000);
            lines.add(String.format(Locale.ROOT,
                    "(EngineCore_DP0 pid=7) INFO 02-18 %02d:%02d:%02d [core.py:387] Iteration(%d): %d context requests,"
                            + " %d context tokens, %d generation requests, %d generation tokens, iteration elapsed time: %.2f ms, kv cache: 5.1%%"
                            + " (%d/68959 blocks, %d tokens)",
                    second / 3600 % 24, second / 60 % 60, second % 60, i, context > 0 ? 1 : 0, context, generation,
                    generation, millis, blocks, 16 * blocks));
        }
        return Files.write(folder.resolve(name), lines);
    }

    @Test
    void stepsOfARecordingAreFittedWithAndWithoutKvUsageAndAnotherRecordingsArePredicted() throws IOException {
        Path predictions = folder.resolve("steps.csv");
        Cli cli = Cli.run("fit", recording.toString(), "--evaluate", other.toString(), "--predictions", predictions.toString(), "--format",
                "json");

        assertThat(cli.err()).isEmpty();
        assertThat(cli.code()).isZero();
        JsonNode report = new ObjectMapper().readTree(cli.out());
        assertThat(report.get("kernels").findValuesAsText("kernel"))
                .containsExactly("step", "step (KV replayed)", "step (KV left out)");
        double withKv = report.get("kernels").get(0).get("folds").get(0).get("median_ape").asDouble();
        double without = report.get("kernels").get(2).get("folds").get(0).get("median_ape").asDouble();
        assertThat(withKv).isLessThan(1.2).isLessThan(0.5 * without);
        assertThat(report.get("evaluate").get("rows").asInt()).isBetween(395, 400);
        assertThat(report.get("evaluate").get("median_ape").asDouble()).isLessThan(1.5);
        assertThat(report.get("evaluate").get("coverage_percent").asDouble()).isGreaterThan(90);
        List<String> lines = Files.readAllLines(predictions);
        assertThat(lines.getFirst())
                .isEqualTo("steps,tokens,requests,attention_pairs,kv_tokens,measured,kernel,predicted,low95,high95,support");
        assertThat(lines).hasSizeBetween(396, 401);
        assertThat(lines.get(5)).contains(",step,").endsWith("polated");
    }

    /// `fit` says of each budget what `project` says of it.
    @Test
    void whatARecordingTellsAndWhatToMeasureNextIsSaidInTheWordsOfProject() throws IOException {
        JsonNode fitted = new ObjectMapper().readTree(Cli.run("fit", recording.toString(), "--format", "json").out()).get("support");
        JsonNode projected = new ObjectMapper()
                .readTree(Cli.run("project", recording.toString(), "--draws", "0", "--format", "json").out());

        assertThat(fitted.get("refused").isNull()).isTrue();
        assertThat(fitted.get("identifiable")).isEqualTo(projected.at("/model/identifiable"));
        assertThat(fitted.get("diagnosis")).isEqualTo(projected.at("/model/diagnosis"));
        assertThat(fitted.get("points")).hasSameSizeAs(projected.get("sweep")).hasSizeGreaterThan(3);
        List<String> supports = new ArrayList<>();
        for (int i = 0; i < fitted.get("points").size(); i++) {
            JsonNode point = fitted.get("points").get(i);
            supports.add(point.get("support").asText());
            for (String key : List.of("max_num_batched_tokens", "support", "next_measurement")) {
                assertThat(point.get(key)).as(key).isEqualTo(projected.get("sweep").get(i).get(key));
            }
            assertThat(point.get("next_measurement").isNull()).isEqualTo(point.get("support").asText().equals("interpolated"));
        }
        assertThat(supports).contains("interpolated").contains("extrapolated");
        String text = String.join(" ", Cli.run("fit", recording.toString()).out().split("\\s+"));
        assertThat(text).contains("What the recorded steps tell told apart fixed, dense",
                projected.at("/sweep/" + supports.indexOf("extrapolated") + "/next_measurement/text").asText());
    }

    @Test
    void severalRecordingsTellWhatRepetitionsDifferBy() throws IOException {
        Path later = log("later.log", 3, 50_000_000);

        assertThat(Cli.run("fit", recording.toString(), later.toString()).out().replaceAll("\\s+", " ")).contains("from 2 recordings");
        assertThat(Cli.run("fit", recording.toString()).out().replaceAll("\\s+", " ")).contains("are assumed to differ by 4 %");
    }

    @Test
    void aRecordingOfStepsOfOneSizeSaysWhatItCannotTell() throws IOException {
        List<String> full = Files.readAllLines(recording).stream()
                .map(line -> line.replaceAll("\\d+ context requests, \\d+ context tokens, (\\d+) gen",
                        "1 context requests, 512 context tokens, 1 gen"))
                .toList();
        Path same = Files.write(folder.resolve("same.log"), full);

        JsonNode support = new ObjectMapper().readTree(Cli.run("fit", same.toString(), "--format", "json").out()).get("support");

        assertThat(support.get("identifiable").asBoolean()).isFalse();
        assertThat(support.get("next_measurement").asText()).startsWith("record ");
        assertThat(support.get("points").findValuesAsText("support")).contains("bounded");
    }

    @Test
    void aProfileOfTheTargetTakesThePlaceOfTheDevice() throws IOException {
        Path target = Files.createDirectories(folder.resolve("target"));
        for (String file : List.of("dense.csv", "per_sequence.csv", "attention.csv")) {
            List<String> slower = new ArrayList<>();
            for (String line : Files.readAllLines(layers.resolve(file))) {
                int cell = line.lastIndexOf(',') + 1;
                slower.add(line.endsWith("_us") ? line : line.substring(0, cell) + 50 * Double.parseDouble(line.substring(cell)));
            }
            Files.write(target.resolve(file), slower);
        }
        Files.writeString(target.resolve("meta.yaml"), Files.readString(layers.resolve("meta.yaml")).replace("4090", "5090"));

        double here = tpot("--kernel-profile", layers.toString());
        double there = tpot("--kernel-profile", layers.toString(), "--device", "rtx4090:" + target);

        assertThat(there).isCloseTo(tpot("--kernel-profile", target.toString()), within(1e-9)).isGreaterThan(4 * here);
    }

    private static double tpot(String... kernels) throws IOException {
        List<String> args = new ArrayList<>(List.of("sweep", "--model", "tiny", "--num-gpu-blocks-override", "2000", "--num-prompts", "8",
                "--max-num-batched-tokens", "512", "--draws", "0", "--format", "json"));
        args.addAll(List.of(kernels));
        Cli cli = Cli.run(args.toArray(String[]::new));
        assertThat(cli.code()).as(cli.err()).isZero();
        return new ObjectMapper().readTree(cli.out()).get("sweep").get(0).get("mean_tpot_ms").asDouble();
    }

    /// Placeholders stand for what the test wrote.
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "fit RECORDING LAYERS                                              | 2 | profiles or recordings, not both",
        "fit RECORDING --predictions p.csv                                 | 2 | name them with --evaluate",
        "fit RECORDING --write-model MODEL                                 | 2 | there is no kernel to write",
        "fit RECORDING --write-model FOLDER/none/m.json                    | 3 | no folder",
        "fit RECORDING --model tiny --write-model MODEL                    | 2 | chooses kernels of a profile",
        "fit KERNELS --model tiny                                          | 2 | give --write-model",
        "fit KERNELS --model tiny --write-model MODEL --tensor-parallel-size 3 | 2 | does not divide the 8 heads",
        "fit KERNELS --model tiny --write-model MODEL                      | 3 | has no table of context_attention",
        "fit RECORDING --evaluate FOLDER/none.log                          | 3 | no such file",
        "fit FOLDER/none                                                   | 3 | no such file",
        "fit LAYERS/meta.yaml                                              | 3 | holds no iteration line",
        "fit LAYERS --evaluate KERNELS                                     | 3 | holds gemm, which the profile does not",
        "sweep --kernel-model FOLDER/none.json --model tiny                | 3 | no such file",
        "sweep --kernel-model RECORDING --model tiny                       | 3 | not JSON",
        "sweep --kernel-model LAYERS/dense.csv --model tiny                | 3 | not JSON",
        "sweep --kernel-profile LAYERS                                     | 2 | give --model",
        "sweep --kernel-profile LAYERS --kernel-model MODEL --model tiny   | 2 | exclude each other",
        "sweep --kernel-profile LAYERS --model qwen3-8b                    | 2 | are of a model with",
        "sweep --kernel-profile LAYERS --model tiny --tensor-parallel-size 2 | 2 | are of 1 rank",
        "sweep --kernel-profile LAYERS --model tiny --kv-cache-dtype fp8   | 2 | measured with one type",
        "sweep --kernel-profile LAYERS --model tiny --device h100:h200     | 2 | begin with rtx4090",
        "sweep --kernel-profile LAYERS --model tiny --device rtx4090       | 2 | must be FROM:TO",
        "sweep --kernel-profile LAYERS --model tiny --device rtx4090:abc   | 2 | neither a known device nor a profile folder",
        "sweep --kernel-profile LAYERS --model tiny --device h100:LAYERS   | 2 | begin with rtx4090",
        "sweep --kernel-profile LAYERS --model tiny --device rtx4090:KERNELS | 3 | has no table of context_attention",
        "sweep --kernel-profile LAYERS --model tiny --kernel-speedup gemm=0  | 2 | must be above 0",
        "sweep --kernel-profile LAYERS --model tiny --kernel-speedup gems=2  | 2 | no part",
        "sweep --kernel-profile KERNELS --model tiny                       | 3 | has no table of context_attention",
        "sweep --kernel-profile KERNELS --model tiny --quantization int3   | 2 | must be one of",
        "sweep --kernel-profile KERNELS --model tiny --quantization fp8    | 2 | has no product of that type",
        "sweep --kernel-profile KERNELS --model tiny --tensor-parallel-size 3 | 2 | does not divide the 8 heads",
        "sweep RECORDING --device h100:h200                                | 2 | needs kernels",
        "sweep RECORDING --kv-cache-dtype fp8                              | 2 | needs kernels",
        "project RECORDING --kernel-speedup head=2                         | 2 | does not tell this part apart"})
    void whatCannotBeUsedIsSaidInOneLine(String words, int code, String what) {
        String[] args = words.strip()
                .replace("RECORDING", recording.toString())
                .replace("LAYERS", layers.toString())
                .replace("KERNELS", kernels.toString())
                .replace("MODEL", folder.resolve("m.json").toString())
                .replace("FOLDER", folder.toString())
                .split(" +");

        Cli cli = Cli.run(args);

        assertThat(cli.err()).contains(what).hasLineCount(1);
        assertThat(cli.code()).isEqualTo(code);
        assertThat(cli.out()).isEmpty();
    }
}
