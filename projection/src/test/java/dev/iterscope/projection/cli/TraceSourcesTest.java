package dev.iterscope.projection.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.iterscope.projection.importer.torch.TorchFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A trace of the PyTorch profiler goes through the common records into every command: its kernels become models, its steps are predicted,
/// explained and compared. What its kernels take is known beforehand.
class TraceSourcesTest {
    private static final double GEMM_FIXED_US = 2000;
    private static final double GEMM_TOKEN_US = 20;

    @TempDir
    private Path folder;

    private static double gemm(int tokens) {
        return GEMM_FIXED_US + GEMM_TOKEN_US * tokens;
    }

    /// Steps of a growing batch with a prompt in every third; `attention` is a factor on the attention of generation.
    private Path trace(String name, double attention) throws IOException {
        TorchFixture trace = new TorchFixture();
        SplittableRandom random = new SplittableRandom(5);
        double now = 1000;
        for (int i = 0; i < 120; i++) {
            int generation = random.nextInt(2, 40);
            int context = i % 3 == 0 ? random.nextInt(50, 400) : 0;
            int kv = generation * 500;
            int tokens = context + generation;
            double start = now;
            int correlation = 10 * i;
            trace.annotation(5, start, 40,
                    String.format(Locale.ROOT, "execute_%d_context_%d(sq%dsk%dsqsq%dsqsk%d)_generation_%d(sq%dsk%dsqsq%dsqsk%d)",
                            tokens, context > 0 ? 1 : 0, context, context, context * context, context * context, generation, generation, kv,
                            generation, kv));
            trace.call(5, start + 2, "cudaLaunchKernel", correlation);
            trace.call(5, start + 5, "cudaLaunchKernel", correlation + 1);
            double first = gemm(tokens) * (1 + 0.005 * random.nextGaussian());
            double second = attention * (100 + 0.2 * kv);
            trace.kernel(start + 50, first, "nvjet_tst_64x8", correlation);
            trace.kernel(start + 50 + first, second, "flash_fwd_splitkv_kernel", correlation + 1);
            double third = 0;
            if (context > 0) {
                third = 50 + 0.01 * context * context;
                trace.call(5, start + 8, "cudaLaunchKernel", correlation + 2);
                trace.kernel(start + 50 + first + second, third, "flash_fwd_kernel", correlation + 2);
            }
            now = start + 60 + first + second + third;
        }
        return Files.write(folder.resolve(name), trace.bytes());
    }

    private static JsonNode json(String... command) throws IOException {
        String[] arguments = Arrays.copyOf(command, command.length + 2);
        arguments[command.length] = "--format";
        arguments[command.length + 1] = "json";
        Cli cli = Cli.run(arguments);
        assertThat(cli.code()).as(cli.err()).isEqualTo(ExitCode.DONE);
        return new ObjectMapper().readTree(cli.out());
    }

    @Test
    void itsKernelsBecomeAModelThatPredictsAService() throws IOException {
        String trace = trace("a.json", 1).toString();
        Path model = folder.resolve("model.json");
        JsonNode fit = json("fit", trace, "--write-model", model.toString());

        assertThat(fit.at("/kernels").findValuesAsText("kernel")).contains("step", "step_gemm", "step_generation_attention");
        JsonNode sweep = json("sweep", "--kernel-model", model.toString(), "--model", "llama-3.1-8b", "--num-prompts", "1",
                "--random-input-len", "100", "--random-output-len", "50", "--num-gpu-blocks-override", "5000", "--max-num-batched-tokens",
                "512", "--max-num-seqs", "8", "--draws", "0");
        // One sequence alone: a step of one token and up to 150 KV tokens.
        double tpot = (gemm(1) + 125) / 1e3;
        assertThat(sweep.at("/sweep/0/mean_tpot_ms").asDouble()).isCloseTo(tpot, within(0.25 * tpot));
    }

    @Test
    void itIsProjectedExplainedAndCompared() throws IOException {
        String before = trace("a.json", 1).toString();
        String after = trace("b.json", 0.5).toString();

        JsonNode kernels = json("project", before).get("kernels");
        assertThat(kernels.get(0).get("kind").asText()).isEqualTo("gemm");
        assertThat(kernels.findValues("share_of_time").stream().mapToDouble(JsonNode::asDouble).sum()).isCloseTo(1, within(1e-3));

        JsonNode step = json("explain", before, "30");
        assertThat(step.get("kernels")).hasSize(3);
        assertThat(step.get("predicted_nanos").asDouble())
                .isCloseTo(step.get("measured_nanos").asDouble(), within(0.05 * step.get("measured_nanos").asDouble()));

        JsonNode change = json("compare", before, after);
        assertThat(change.get("verdict").asText()).isEqualTo("faster");
        for (JsonNode kernel : change.get("kernels")) {
            double expected = kernel.get("name").asText().contains("splitkv") ? -50 : 0;
            assertThat(kernel.get("change_percent").asDouble()).as(kernel.toString()).isCloseTo(expected, within(2.0));
        }
    }
}
