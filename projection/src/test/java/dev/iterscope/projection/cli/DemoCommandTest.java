package dev.iterscope.projection.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.iterscope.projection.importer.Recordings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoCommandTest {

    @TempDir
    Path folder;

    @Test
    void tellsTheWholeStory() throws Exception {
        Path files = folder.resolve("new/folder");

        Cli cli = Cli.run("demo", "--documents", "3", "--folder", files.toString());

        assertThat(cli.code()).isEqualTo(ExitCode.DONE);
        assertThat(cli.out().replaceAll("\\s+", " ")).contains("1. Served", "the kernel times are a table's", "2. Projected",
                "3. Recommended",
                "4. Measured", "regret:", "Files");
        assertThat(cli.out().strip().lines().reduce((_, last) -> last).orElseThrow()).startsWith("max-num-batched-tokens = ");
        JsonNode report = JsonSchema.valid("project", Files.readString(files.resolve("report.json")));
        int steps = Recordings.read(List.of(files.resolve("demo.jfr"))).iterations().size();
        assertThat(report.at("/recording/iterations").asInt()).isEqualTo(steps).isGreaterThan(100);
        assertThat(report.at("/measured")).isNotEmpty();
        assertThat(report.at("/measured/0/runs").asInt()).isOne();
        assertThat(Files.readString(files.resolve("report.html"))).startsWithIgnoringCase("<!doctype html>");
    }

    @Test
    void anotherBackendHasNoStory() {
        Cli other = Cli.run("demo", "--backend", "cuda", "--folder", folder.resolve("cuda").toString());

        assertThat(other.code()).isEqualTo(ExitCode.USAGE);
        assertThat(other.err()).contains("emulated or cpu");
    }

    @Test
    void aFolderThatCannotBeMadeIsOneLine() throws Exception {
        Path file = Files.createFile(folder.resolve("file"));

        Cli cli = Cli.run("demo", "--folder", file.resolve("below").toString());

        assertThat(cli.code()).isEqualTo(ExitCode.UNUSABLE_INPUT);
        assertThat(cli.err().lines()).singleElement().asString().contains("file", "--folder");
    }
}
