package dev.iterscope.projection.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Runs the commands of the sample with a few requests, in a tenth of the time: options of the same name that come later win.
class SampleCommandsTest {
    private static final Path SAMPLE = Path.of("../samples/h100-llama-3.1-8b");
    private static final String START = "    bin/iterscope ";

    @TempDir
    private Path folder;

    @Test
    void anEmulatedH100IsRecordedProjectedAndSwept() throws IOException {
        List<List<String>> commands = Files.readAllLines(SAMPLE.resolve("README.md")).stream()
                .filter(line -> line.startsWith(START))
                .map(line -> arguments(line.substring(START.length())))
                .toList();
        assertThat(commands).extracting(List::getFirst).containsExactly("run", "project", "sweep", "sweep");

        JsonNode run = json(commands.get(0), "--time-scale", "1");
        assertThat(run.get("completed").asInt()).isEqualTo(5);
        assertThat(run.get("mean_tpot_ms").asDouble()).isBetween(5.0, 60.0);

        JsonNode projection = json(commands.get(1), "--draws", "2");
        assertThat(projection.at("/recording/source").asText()).isEqualTo("jfr");
        assertThat(projection.at("/recommendation/verdict").asText()).isIn("change", "keep", "refuse");

        JsonNode sweep = json(commands.get(2), "--time-scale", "0.1", "--draws", "2");
        assertThat(sweep.get("measured")).hasSize(5);
        long kv256 = sweep.at("/measured/0/kv_capacity_tokens").asLong();
        assertThat(sweep.at("/measured/4/kv_capacity_tokens").asLong()).isLessThan(kv256);

        JsonNode kernels = json(commands.get(3), "--draws", "0");
        assertThat(kernels.get("sweep")).hasSize(5);
        assertThat(kernels.at("/sweep/0/p99_itl_ms").asDouble()).isLessThan(kernels.at("/sweep/4/p99_itl_ms").asDouble());
    }

    @Test
    void theKernelsAreThoseOfOneModel() {
        Cli cli = Cli.run("sweep", "--kernel-model", SAMPLE.resolve("kernels.json").toString(), "--model", "qwen3-8b");

        assertThat(cli.code()).isEqualTo(ExitCode.USAGE);
        assertThat(cli.err()).contains("kernels.json are of a model with intermediate_size 14336, this one has 12288").hasLineCount(1);
    }

    private List<String> arguments(String line) {
        List<String> arguments = new ArrayList<>();
        for (String word : line.strip().replace("'", "").split(" +")) {
            arguments.add(word.startsWith("samples/") ? "../" + word : word.endsWith(".jfr") ? folder.resolve(word).toString() : word);
        }
        int requests = arguments.indexOf("--num-prompts") + 1;
        if (requests > 0) {
            arguments.set(requests, "5");
        }
        return arguments;
    }

    private JsonNode json(List<String> command, String... more) throws IOException {
        List<String> arguments = new ArrayList<>(command);
        arguments.addAll(List.of(more));
        arguments.addAll(List.of("--format", "json"));
        Cli cli = Cli.run(arguments.toArray(String[]::new));
        assertThat(cli.code()).as(cli.err()).isIn(ExitCode.DONE, ExitCode.SLO_NOT_MET);
        return new ObjectMapper().readTree(cli.out());
    }
}
