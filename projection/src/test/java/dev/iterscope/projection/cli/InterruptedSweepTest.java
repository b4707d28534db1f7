package dev.iterscope.projection.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A sweep that is asked to end, in a JVM of its own: the JVM treats SIGTERM, which Java can send, as it treats SIGINT.
class InterruptedSweepTest {

    @TempDir
    private Path folder;

    @Test
    void whatIsFinishedStaysAndNothingIsRecommendedFromIt() throws Exception {
        Path report = folder.resolve("sweep.json");
        Path messages = folder.resolve("err.txt");
        Process process = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp", System.getProperty("java.class.path"),
                Main.class.getName(), "sweep", "--kernel-model", "../samples/h100-llama-3.1-8b/kernels.json", "--model", "llama-3.1-8b",
                "--num-gpu-blocks-override", "20000", "--num-prompts", "30000", "--random-input-len", "500", "--random-output-len", "200",
                "--request-rate", "20", "--max-num-seqs", "64", "--max-num-batched-tokens",
                "64,128,192,256,384,512,640,768,1024,1280,1536,2048,2560,3072,4096,8192", "--format", "json", "-o", report.toString())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(messages.toFile())
                .start();
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
        while (process.isAlive() && System.nanoTime() < deadline && !Files.readString(messages).contains("simulating: ")) {
            Thread.sleep(50);
        }
        process.toHandle().destroy();
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();

        JsonNode root = new ObjectMapper().readTree(report.toFile());
        assertThat(root.get("sweep").size()).isBetween(1, 15);
        assertThat(root.at("/sweep/0/output_throughput").asDouble()).isPositive();
        assertThat(root.at("/recommendation/verdict").asText()).isEqualTo("refuse");
        assertThat(root.at("/recommendation/reasons/0").asText())
                .startsWith("interrupted: " + root.get("sweep").size() + " of 16 settings were simulated");
        assertThat(List.of(Files.readString(messages).split("\n"))).anyMatch(line -> line.matches("simulating: \\d+ of \\d+ .*"));
    }
}
