package dev.iterscope.projection.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.iterscope.projection.importer.nsys.NsysFixture;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// An export of Nsight Systems with kernels goes through the common records into every command. What its kernels take is known beforehand.
class NsysSourcesTest {
    private static final int SEQUENCES = 32;
    private static final int PROMPT = 400;
    private static final long GEMM_FIXED_NANOS = 2_000_000;
    private static final long GEMM_TOKEN_NANOS = 20_000;
    private static final long ATTENTION_FIXED_NANOS = 50_000;
    private static final long ATTENTION_KV_NANOS = 1000;

    @TempDir
    private Path folder;

    /// Whose ranges name the steps.
    enum Marks {
        VLLM, OURS
    }

    /// A service of closed loops: each sequence comes with a prompt, generates some tokens and makes room for the next.
    ///
    /// @param attention factor on the attention of generation
    private Path export(String name, Marks marks, double attention) throws SQLException {
        Path file = folder.resolve(name);
        long worker = NsysFixture.thread(20, 21);
        SplittableRandom random = new SplittableRandom(5);
        int[] held = new int[SEQUENCES];
        int[] left = new int[SEQUENCES];
        long now = 1_000_000;
        try (NsysFixture nsys = new NsysFixture(file).modern()) {
            for (int i = 0; i < 160; i++) {
                int prompt = -1;
                int generating = 0;
                int kv = 0;
                int running = 2 + i * (SEQUENCES - 2) / 160;
                for (int s = 0; s < running; s++) {
                    if (left[s] > 0) {
                        left[s]--;
                        kv += held[s]++;
                        generating++;
                    } else if (prompt < 0) {
                        prompt = s;
                    }
                }
                int context = prompt < 0 ? 0 : random.nextInt(PROMPT / 4, PROMPT);
                if (prompt >= 0) {
                    held[prompt] = context;
                    left[prompt] = random.nextInt(10, 60);
                }
                if (context + generating == 0) {
                    continue;
                }
                String text = marks == Marks.VLLM
                        ? String.format(Locale.ROOT, "execute_context_%d(%d)_generation_%d(%d)", prompt < 0 ? 0 : 1, context, generating,
                                generating)
                        : String.format(Locale.ROOT, "iter=%d ctx=%d/%d gen=%d/%d kv=%d/5000 %.1f%% held=%d run=%d wait=0 preempt=0", i,
                                prompt < 0 ? 0 : 1, context, generating, generating, kv / 16, kv / 800.0, kv, running);
                nsys.range(worker, now, now + 40_000, text);
                long at = now + 50_000;
                at = launched(nsys, worker, now + 2000, at, Math.round(gemm(context + generating) * (1 + 0.005 * random.nextGaussian())),
                        "nvjet_tst_64x8");
                if (generating > 0) {
                    long nanos = Math.round(attention * (ATTENTION_FIXED_NANOS + ATTENTION_KV_NANOS * kv));
                    at = launched(nsys, worker, now + 5000, at, nanos, "flash_fwd_splitkv_kernel");
                }
                if (context > 0) {
                    at = launched(nsys, worker, now + 8000, at, 50_000 + 10L * context * context, "flash_fwd_kernel");
                }
                now = at + 10_000;
            }
        }
        return file;
    }

    private static long launched(NsysFixture nsys, long worker, long call, long start, long nanos, String name) throws SQLException {
        nsys.kernel(worker, nsys.call(worker, call, "cudaLaunchKernel_v7000"), start, start + nanos, name);
        return start + nanos;
    }

    private static double gemm(int tokens) {
        return GEMM_FIXED_NANOS + (double) GEMM_TOKEN_NANOS * tokens;
    }

    private static JsonNode json(String... command) throws IOException {
        String[] arguments = Arrays.copyOf(command, command.length + 2);
        arguments[command.length] = "--format";
        arguments[command.length + 1] = "json";
        Cli cli = Cli.run(arguments);
        assertThat(cli.code()).as(cli.err()).isEqualTo(ExitCode.DONE);
        return new ObjectMapper().readTree(cli.out());
    }

    @ParameterizedTest
    @EnumSource
    void itsKernelsBecomeAModelThatPredictsAService(Marks marks) throws IOException, SQLException {
        String export = export("a.sqlite", marks, 1).toString();
        Path model = folder.resolve("model.json");
        JsonNode fit = json("fit", export, "--write-model", model.toString());

        assertThat(fit.at("/kernels").findValuesAsText("kernel")).contains("step", "step_gemm", "step_generation_attention");
        JsonNode sweep = json("sweep", "--kernel-model", model.toString(), "--model", "llama-3.1-8b", "--num-prompts", "1",
                "--random-input-len", "100", "--random-output-len", "50", "--num-gpu-blocks-override", "5000", "--max-num-batched-tokens",
                "512", "--max-num-seqs", "8", "--draws", "0");
        // One sequence alone: a step of one token and 100 to 150 KV tokens.
        double tpot = (gemm(1) + ATTENTION_FIXED_NANOS + 125 * ATTENTION_KV_NANOS) / 1e6;
        assertThat(sweep.at("/sweep/0/mean_tpot_ms").asDouble()).isCloseTo(tpot, within(0.25 * tpot));
    }

    @ParameterizedTest
    @EnumSource
    void itsStepsPredictOtherBatches(Marks marks) throws IOException, SQLException {
        String export = export("a.sqlite", marks, 1).toString();
        JsonNode sweep =
                json("sweep", export, "--num-prompts", "40", "--request-rate", "inf", "--max-concurrency", "8", "--random-input-len",
                        "200", "--random-output-len", "40", "--num-gpu-blocks-override", "5000", "--max-num-batched-tokens", "256",
                        "--max-num-seqs",
                        "8", "--draws", "0");
        // Eight sequences of 200 to 240 tokens; in every fifth step a prompt of 200 more is computed.
        double generation = gemm(8) + ATTENTION_FIXED_NANOS + ATTENTION_KV_NANOS * 8 * 220.0;
        double prompt = 200.0 * GEMM_TOKEN_NANOS + 50_000 + 10 * 200.0 * 200;
        double tpot = (generation + prompt / 5) / 1e6;
        assertThat(sweep.at("/sweep/0/mean_tpot_ms").asDouble()).isCloseTo(tpot, within(0.15 * tpot));
    }

    @ParameterizedTest
    @EnumSource
    void itIsProjectedExplainedAndCompared(Marks marks) throws IOException, SQLException {
        String before = export("a.sqlite", marks, 1).toString();
        String after = export("b.sqlite", marks, 0.5).toString();

        JsonNode kernels = json("project", before).get("kernels");
        assertThat(kernels.get(0).get("kind").asText()).isEqualTo("gemm");
        assertThat(kernels.findValues("share_of_time").stream().mapToDouble(JsonNode::asDouble).sum()).isCloseTo(1, within(1e-3));

        JsonNode step = json("explain", before, "30");
        assertThat(step.get("kernels").findValuesAsText("name")).contains("nvjet_tst_64x8", "flash_fwd_splitkv_kernel");
        assertThat(step.get("predicted_nanos").asDouble())
                .isCloseTo(step.get("measured_nanos").asDouble(), within(0.05 * step.get("measured_nanos").asDouble()));

        JsonNode change = json("compare", before, after);
        assertThat(change.get("verdict").asText()).isEqualTo("faster");
        assertThat(change.get("kernels")).hasSize(3);
        for (JsonNode kernel : change.get("kernels")) {
            double expected = kernel.get("name").asText().contains("splitkv") ? -50 : 0;
            assertThat(kernel.get("change_percent").asDouble()).as(kernel.toString()).isCloseTo(expected, within(2.0));
        }
    }

    @Test
    void anExportOfStepsWithoutKernelsSaysWhatToRecord() throws SQLException {
        Path file = folder.resolve("host.sqlite");
        long worker = NsysFixture.thread(20, 21);
        try (NsysFixture nsys = new NsysFixture(file).modern()) {
            for (int i = 0; i < 40; i++) {
                nsys.range(worker, i * 1000L, i * 1000L + 500, "execute_context_0(0)_generation_4(4)");
            }
        }
        Cli fit = Cli.run("fit", file.toString());
        assertThat(fit.code()).as(fit.out()).isEqualTo(ExitCode.UNUSABLE_INPUT);
        assertThat(fit.err().lines()).singleElement().asString().contains("host.sqlite", "trace=cuda,nvtx");
        assertThat(Cli.run("project", file.toString()).out()).contains("next: record the device too (nsys profile --trace=cuda,nvtx)");
        // Without a time the step is shown all the same, for what it held.
        assertThat(Cli.run("explain", file.toString(), "3").out()).contains("4 generation requests").doesNotContain("Measured");
    }

    @Test
    void whatCannotBeExplainedOrComparedIsSaidInOneLine() throws SQLException {
        String good = export("a.sqlite", Marks.OURS, 1).toString();
        Path empty = folder.resolve("empty.sqlite");
        try (NsysFixture nsys = new NsysFixture(empty).modern()) {
            long worker = NsysFixture.thread(20, 21);
            nsys.kernel(worker, nsys.call(worker, 10, "cudaLaunchKernel_v7000"), 20, 30, "nvjet");
        }
        refused("holds no iteration 99999", "explain", good, "99999");
        refused("holds no iteration 3", "explain", empty.toString(), "3");
        refused("is the same as", "compare", good, good);
        refused("has no result and no batch to compare", "compare", good, empty.toString());
        refused("no such file", "compare", good, folder.resolve("missing.jfr").toString());
    }

    private static void refused(String why, String... command) {
        Cli cli = Cli.run(command);
        assertThat(cli.code()).as(String.join(" ", command) + cli.out()).isEqualTo(ExitCode.UNUSABLE_INPUT);
        assertThat(cli.err().lines().filter(line -> line.startsWith("iterscope " + command[0]))).as(cli.err())
                .singleElement().asString().contains(why);
    }
}
