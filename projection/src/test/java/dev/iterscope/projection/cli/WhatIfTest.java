package dev.iterscope.projection.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a faster kernel, another device, another type or more ranks bring end to end: with kernels alone, with kernels that a recording
/// calibrates, and with a recording alone.
class WhatIfTest {
    private static final String KERNELS = "../samples/h100-llama-3.1-8b/kernels.json";
    private static final List<String> WORK = List.of("--num-gpu-blocks-override", "20000", "--num-prompts", "24", "--random-input-len",
            "1500", "--random-output-len", "24", "--max-num-batched-tokens", "2048", "--draws", "6", "--format", "json");

    @TempDir
    private static Path folder;

    private static Path recording;

    @BeforeAll
    static void record() {
        recording = folder.resolve("h100.jfr");
        Cli cli = Cli.run("run", "--backend", "emulated", "--kernel-model", KERNELS, "--model", "llama-3.1-8b", "--num-prompts", "24",
                "--random-input-len", "1500", "--random-output-len", "24", "--random-range-ratio", "0.8", "--max-num-batched-tokens",
                "2048", "--num-gpu-blocks-override", "20000", "--record", recording.toString());
        assertThat(cli.code()).as(cli.err()).isEqualTo(ExitCode.DONE);
    }

    private static List<String> kernels(String... more) {
        List<String> arguments = new ArrayList<>(List.of("sweep", "--kernel-model", KERNELS, "--model", "llama-3.1-8b"));
        arguments.addAll(List.of(more));
        return arguments;
    }

    private static JsonNode point(List<String> command) throws IOException {
        List<String> arguments = new ArrayList<>(command);
        arguments.addAll(WORK);
        Cli cli = Cli.run(arguments.toArray(String[]::new));
        assertThat(cli.code()).as(cli.err()).isEqualTo(ExitCode.DONE);
        return new ObjectMapper().readTree(cli.out()).at("/sweep/0");
    }

    /// The change of a result with an interval that holds it.
    private static double change(JsonNode point, String key) {
        JsonNode change = point.at("/what_if/" + key);
        double percent = change.get("percent").asDouble();
        assertThat(change.get("low95").asDouble()).isLessThanOrEqualTo(percent);
        assertThat(change.get("high95").asDouble()).isGreaterThanOrEqualTo(percent);
        return percent;
    }

    @Test
    void theEffectIsThatOfTwoSweepsWithAndWithoutTheChange() throws IOException {
        JsonNode before = point(kernels());
        JsonNode after = point(kernels("--kernel-speedup", "attention=1.2"));

        assertThat(before.get("what_if").isNull()).isTrue();
        for (String key : List.of("output_throughput", "mean_tpot_ms", "p99_e2el_ms")) {
            double percent = 100 * (after.get(key).asDouble() / before.get(key).asDouble() - 1);
            assertThat(change(after, key)).as(key).isCloseTo(percent, within(0.01));
        }
        // No more than the part itself: 1 - 1 / 1.2.
        assertThat(change(after, "mean_tpot_ms")).isBetween(-100 / 6.0, -0.1);
    }

    @Test
    void whatIsCommonToBothCancels() throws IOException {
        JsonNode point = point(kernels("--kernel-speedup", "attention=1.2"));
        JsonNode change = point.at("/what_if/output_throughput");

        double width = point.at("/intervals/output_throughput/1").asDouble() / point.at("/intervals/output_throughput/0").asDouble() - 1;
        assertThat((change.get("high95").asDouble() - change.get("low95").asDouble()) / 100).isLessThan(0.3 * width);
    }

    @Test
    void calibratingOnARecordingDoesNotCancelTheChange() throws IOException {
        double alone = change(point(kernels("--kernel-speedup", "gemm=1.5")), "mean_e2el_ms");
        double calibrated = change(point(kernels(recording.toString(), "--kernel-speedup", "gemm=1.5")), "mean_e2el_ms");

        assertThat(alone).isLessThan(-10);
        assertThat(calibrated).isCloseTo(alone, within(2.0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"h100:h200", "h100:b200"})
    void anotherDeviceIsFasterThanTheRecordedOneToo(String device) throws IOException {
        double alone = change(point(kernels("--device", device)), "mean_tpot_ms");
        double calibrated = change(point(kernels(recording.toString(), "--device", device)), "mean_tpot_ms");

        assertThat(alone).isLessThan(-5);
        assertThat(calibrated).isCloseTo(alone, within(2.0));
    }

    @Test
    void aRecordingAloneTellsWhatItsTermsTell() throws IOException {
        JsonNode point = point(List.of("sweep", recording.toString(), "--kernel-speedup", "gemm=1.25"));

        assertThat(change(point, "output_throughput")).isBetween(1.0, 25.0);
        assertThat(change(point, "mean_e2el_ms")).isBetween(-20.0, -1.0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"attention=0", "attention=-1.2", "attention=NaN", "attention=Infinity", "attention=much", "attention", "softmax=2"})
    void factorsThatMeanNothingAreRefusedInOneLine(String speedup) {
        Cli cli = Cli.run(kernels("--kernel-speedup", speedup).toArray(String[]::new));

        assertThat(cli.code()).isEqualTo(ExitCode.USAGE);
        assertThat(cli.err()).contains("--kernel-speedup");
        assertThat(cli.err().lines().filter(line -> line.startsWith("\tat "))).isEmpty();
    }
}
