package dev.iterscope.projection.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Requests with images: planned within the encoder's budget, and charged to the steps that encode them.
class EncoderWorkTest {
    @TempDir
    private Path folder;

    private Path workload(String... items) throws IOException {
        Path file = folder.resolve("images.jsonl");
        List<String> lines = new ArrayList<>();
        for (String item : items) {
            lines.add("{\"input_toks\": 500, \"output_toks\": 5, \"arrival_time\": 0" + item + "}");
        }
        Files.write(file, lines);
        return file;
    }

    private static String image(int position, int tokens, String hash) {
        return ", \"encoder_inputs\": [{\"position\": " + position + ", \"num_tokens\": " + tokens + ", \"hash\": \"" + hash + "\"}]";
    }

    private record Service(String blocks, String sequences) {
        private static final Service SMALL = new Service("1000", "16");
    }

    private static Cli sweep(Path workload, String... more) {
        return sweep(Service.SMALL, workload, more);
    }

    private static Cli sweep(Service service, Path workload, String... more) {
        List<String> args = new ArrayList<>(List.of("sweep", "--kernel-model", "../samples/h100-llama-3.1-8b/kernels.json", "--model",
                "llama-3.1-8b", "--num-gpu-blocks-override", service.blocks(), "--max-num-seqs", service.sequences(), "--draws", "0",
                "--format", "json",
                "--workload", workload.toString(), "--no-enable-prefix-caching"));
        args.addAll(List.of(more));
        return Cli.run(args.toArray(String[]::new));
    }

    private static JsonNode point(Path workload, String... more) throws IOException {
        return point(Service.SMALL, workload, more);
    }

    private static JsonNode point(Service service, Path workload, String... more) throws IOException {
        Cli cli = sweep(service, workload, more);
        assertThat(cli.code()).as(cli.err()).isEqualTo(ExitCode.DONE);
        return new ObjectMapper().readTree(cli.out()).get("sweep").get(0);
    }

    @Test
    void theStepThatEncodesTakesSoMuchLonger() throws IOException {
        double text = point(workload(""), "--max-num-batched-tokens", "1024").get("mean_ttft_ms").asDouble();
        double image = point(workload(image(10, 400, "a")), "--max-num-batched-tokens", "1024", "--encoder-token-micros", "50")
                .get("mean_ttft_ms").asDouble();
        assertThat(image - text).isCloseTo(400 * 0.050, within(1e-3));
    }

    @Test
    void equalImagesAreEncodedOnceAndOthersEachByItself() throws IOException {
        String[] shared = {"--max-num-batched-tokens", "1024", "--encoder-token-micros", "50"};
        double once = point(workload(image(10, 400, "a"), image(10, 400, "a")), shared).get("mean_ttft_ms").asDouble();
        double twice = point(workload(image(10, 400, "a"), image(10, 400, "b")), shared).get("mean_ttft_ms").asDouble();
        // Both prompts and both images fit into one step.
        assertThat(twice - once).isCloseTo(400 * 0.050, within(1e-3));
    }

    @Test
    void anImageBeyondTheEncodersBudgetOfAStepWaitsForTheNext() throws IOException {
        // Budget 1000 for encoder and tokens: of three images of 400 tokens two are encoded in the first step.
        Path three = workload(image(0, 400, "a"), image(0, 400, "b"), image(0, 400, "c"));
        JsonNode without = point(three, "--max-num-batched-tokens", "1000", "--encoder-token-micros", "0");
        JsonNode with = point(three, "--max-num-batched-tokens", "1000", "--encoder-token-micros", "50");
        double added = 3 * (with.get("mean_ttft_ms").asDouble() - without.get("mean_ttft_ms").asDouble());
        // The first two wait for two images, the third for all three.
        assertThat(added).isCloseTo((2 + 2 + 3) * 400 * 0.050, within(1e-3));
    }

    @Test
    void whatTheTextLacksIsNamedAsWithoutEncoderWork() throws IOException {
        // 800 prompts of 500 tokens in one step are more than the kernels were measured with.
        Service large = new Service("40000", "1024");
        JsonNode asked = point(large, many(""), "--max-num-batched-tokens", "400000").get("next_measurement");
        assertThat(asked.isObject()).isTrue();
        assertThat(point(large, many(image(10, 400, "a")), "--max-num-batched-tokens", "400000", "--encoder-token-micros", "50")
                .get("next_measurement"))
                .isEqualTo(asked);
    }

    private Path many(String item) throws IOException {
        return workload(Collections.nCopies(800, item).toArray(String[]::new));
    }

    @Test
    void withoutACostNothingIsPredicted() throws IOException {
        Cli cli = sweep(workload(image(10, 400, "a")));
        assertThat(cli.code()).isEqualTo(ExitCode.UNUSABLE_INPUT);
        assertThat(cli.err().lines()).singleElement().asString().contains("--encoder-token-micros");
    }

    @Test
    void noBackendHasAnEncoder() throws IOException {
        Cli cli = Cli.run("run", "--backend", "emulated", "--kernel-model", "../samples/h100-llama-3.1-8b/kernels.json", "--model",
                "llama-3.1-8b", "--memory", "20GiB", "--workload", workload(image(10, 400, "a")).toString());
        assertThat(cli.code()).isEqualTo(ExitCode.UNUSABLE_INPUT);
        assertThat(cli.err()).contains("no backend has an encoder");
    }

    @ParameterizedTest
    @ValueSource(strings = {
        ", \"encoder_inputs\": 3",
        ", \"encoder_inputs\": [{\"position\": 0, \"num_tokens\": 501, \"hash\": \"a\"}]",
        ", \"encoder_inputs\": [{\"position\": -1, \"num_tokens\": 5, \"hash\": \"a\"}]",
        ", \"encoder_inputs\": [{\"position\": 0, \"num_tokens\": 5}]",
        ", \"encoder_inputs\": [{\"position\": 0, \"num_tokens\": 5, \"hash\": \"a\"}, {\"position\": 4, \"num_tokens\": 5, \"hash\": \"b\"}]"
    })
    void badEncoderInputsAreNamedWithTheirLine(String items) throws IOException {
        Cli cli = sweep(workload("", items), "--encoder-token-micros", "50");
        assertThat(cli.code()).isEqualTo(ExitCode.UNUSABLE_INPUT);
        assertThat(cli.err().lines()).singleElement().asString().contains("images.jsonl").contains("line 2");
    }
}
