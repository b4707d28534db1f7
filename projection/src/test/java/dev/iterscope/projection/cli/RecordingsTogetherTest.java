package dev.iterscope.projection.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Recordings of one service at two budgets, made by the emulated backend whose memory is fixed.
class RecordingsTogetherTest {
    private static final String REQUESTS =
            "--num-prompts 16 --random-input-len 900 --random-output-len 12 --random-range-ratio 0.8 --request-rate 20";

    @TempDir
    private Path folder;

    private Path small = Path.of("");
    private Path large = Path.of("");

    @BeforeEach
    void record() {
        small = recorded(256);
        large = recorded(1024);
    }

    private Path recorded(int budget) {
        Path file = folder.resolve(budget + ".jfr");
        Cli cli = cli("run --backend emulated --kernel-model ../samples/h100-llama-3.1-8b/kernels.json --model llama-3.1-8b"
                + " --memory 20GiB --max-num-seqs 16 --max-num-batched-tokens " + budget + " " + REQUESTS + " --record " + file);
        assertThat(cli.code()).as(cli.err()).isEqualTo(ExitCode.DONE);
        return file;
    }

    private static Cli cli(String line) {
        return Cli.run(line.split(" +"));
    }

    private static List<Long> capacities(Cli cli) throws IOException {
        assertThat(cli.code()).as(cli.err()).isEqualTo(ExitCode.DONE);
        JsonNode root = new ObjectMapper().readTree(cli.out());
        return StreamSupport.stream(root.get("sweep").spliterator(), false).map(p -> p.get("kv_capacity_tokens").asLong()).toList();
    }

    @Test
    void kvCapacityIsKnownByTwoRecordingsByArithmeticOrAsGiven() throws IOException {
        String budgets = " --draws 0 --max-num-batched-tokens 256,1024,2048 --format json";
        String arithmetic = cli("project " + small + " --draws 0 --max-num-batched-tokens 256,1024").out();
        String both = cli("project " + small + " " + large + " --draws 0 --max-num-batched-tokens 256,1024").out();

        // What the backend had at 256 and at 1024, and the line through both.
        List<Long> two = capacities(cli("project " + small + " " + large + budgets));
        assertThat(two.get(0)).isGreaterThan(two.get(1));
        assertThat(two.get(2)).isBetween(2 * two.get(1) - two.get(0) - (two.get(0) - two.get(1)), two.get(1) - 1);
        List<Long> one = capacities(cli("project " + small + budgets));
        assertThat(one.get(0)).isEqualTo(two.get(0));
        assertThat((double) one.get(2) / two.get(2)).isBetween(0.99, 1.01);
        assertThat(capacities(cli("project " + small + budgets + " --num-gpu-blocks-override 501"))).containsOnly(8000L);
        assertThat(arithmetic).contains("by memory arithmetic");
        assertThat(both).contains("from two recordings");
    }

    @Test
    void stepsOfBothAreUsed() throws IOException {
        String budgets = " --draws 0 --max-num-batched-tokens 256,1024 --format json";
        JsonNode one = new ObjectMapper().readTree(cli("project " + small + budgets).out());
        JsonNode both = new ObjectMapper().readTree(cli("project " + small + " " + large + budgets).out());

        assertThat(both.at("/recording/files")).hasSize(2);
        assertThat(both.at("/model/fit/samples").asInt()).isGreaterThan(one.at("/model/fit/samples").asInt());
        assertThat(one.at("/sweep/1/support").asText()).isNotEqualTo("interpolated");
        assertThat(both.at("/sweep/1/support").asText()).isEqualTo("interpolated");
    }

    @Test
    void withoutAKvCapacityTheAnswerIsRefusedAndTheReasonSaid() throws IOException {
        List<String> lines = new ArrayList<>();
        double now = 0;
        for (int i = 0; i < 300; i++) {
            int generation = 1 + (i * 7) % 30;
            int context = i % 3 == 0 ? 100 + (i * 53) % 800 : 0;
            double millis = 8 + 0.05 * (context + generation);
            now += millis;
            int second = (int) (now / 1000);
            lines.add(String.format(Locale.ROOT,
                    "(EngineCore_DP0 pid=7) INFO 02-18 10:%02d:%02d [core.py:387] Iteration(%d): %d context requests, %d context tokens,"
                            + " %d generation requests, %d generation tokens, iteration elapsed time: %.2f ms",
                    second / 60, second % 60, i, context > 0 ? 1 : 0, context, generation, generation, millis));
        }
        Path log = Files.write(folder.resolve("server.log"), lines);
        String requests =
                " --num-prompts 20 --random-input-len 300 --random-output-len 10 --max-num-batched-tokens 512,1024 --max-num-seqs 32";

        Cli project = cli("project " + log + requests + " --draws 0 --format json");
        Cli sweep = cli("sweep " + log + requests + " --draws 0");

        JsonNode answer = new ObjectMapper().readTree(project.out()).get("recommendation");
        assertThat(project.code()).isEqualTo(ExitCode.DONE);
        assertThat(answer.get("verdict").asText()).isEqualTo("refuse");
        assertThat(answer.at("/reasons/0").asText()).contains("the KV capacity is not known").contains("--num-gpu-blocks-override");
        assertThat(sweep.code()).isEqualTo(ExitCode.UNUSABLE_INPUT);
        assertThat(sweep.err()).contains("not known how many tokens the KV cache holds").hasLineCount(1);
    }
}
