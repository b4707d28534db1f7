package dev.iterscope.projection.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.projection.cli.Cli;
import java.util.List;
import org.junit.jupiter.api.Test;

class TextReportTest {
    @Test
    void theRecommendedRowIsMarkedWithoutColours() {
        Cli cli = Cli.run("sweep", "--kernel-model", "../samples/h100-llama-3.1-8b/kernels.json", "--model", "llama-3.1-8b",
                "--num-gpu-blocks-override", "7550", "--max-num-seqs", "128", "--num-prompts", "20", "--random-input-len", "2000",
                "--random-output-len", "40", "--request-rate", "6", "--draws", "0", "--max-num-batched-tokens", "256,1024,4096");
        assertThat(cli.code()).as(cli.err()).isZero();
        List<String> lines = cli.out().lines().toList();
        assertThat(lines).contains("  > recommended");
        String budget = lines.getFirst().replaceAll(".*max-num-batched-tokens (\\d+).*", "$1");
        assertThat(lines.stream().filter(line -> line.startsWith("> ")))
                .hasSizeGreaterThan(1)
                .allSatisfy(line -> assertThat(line).startsWith("> " + budget + " "));
        assertThat(cli.out()).doesNotContain("\u001b");
    }
}
