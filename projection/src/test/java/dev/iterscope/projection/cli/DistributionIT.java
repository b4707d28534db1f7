package dev.iterscope.projection.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Unpacks the archive of `mvn -Pdist package` and runs it as on a machine without Java: an empty PATH, no JAVA_HOME.
class DistributionIT {
    private static final long MOST_BYTES = 60L << 20;

    @TempDir
    static Path folder;

    private static Path launcher;

    /// What a command left behind.
    private record Result(int exitCode, String out, String err) {}

    @BeforeAll
    static void unpack() throws IOException, InterruptedException {
        String archive = System.getProperty("iterscope.dist");
        assumeTrue(archive != null, "only runs with -Pdist");
        assertThat(Path.of(archive)).exists();
        assertThat(Files.size(Path.of(archive))).isLessThanOrEqualTo(MOST_BYTES);
        // A name with a blank, since people have them.
        Path target = Files.createDirectory(folder.resolve("some where"));
        int exitCode = new ProcessBuilder("tar", "-xzf", archive, "-C", target.toString(), "--strip-components=1")
                .inheritIO()
                .start()
                .waitFor();
        assertThat(exitCode).isZero();
        launcher = target.resolve("bin/iterscope");
    }

    @Test
    void startsWithNothingOnThePath() throws IOException, InterruptedException {
        Result result = run("--version");

        assertThat(result.exitCode).as(result.err).isZero();
        assertThat(result.out).isNotBlank();
    }

    @Test
    void cudaWithoutADriverSaysWhatIsMissing() throws IOException, InterruptedException {
        assumeTrue(!Files.exists(Path.of("/dev/nvidiactl")), "this machine has a GPU");
        Result result = run("run", "--backend", "cuda");

        assertThat(result.exitCode).as(result.err).isEqualTo(4);
        assertThat(result.err.lines().filter(line -> !line.startsWith("WARNING"))).singleElement().asString().contains("libcuda.so.1");
    }

    @Test
    void runsTheEngineAndProjectsFromItsRecording() throws IOException, InterruptedException {
        Path recording = folder.resolve("run.jfr");
        Result measured = run(
                "run",
                "--num-prompts",
                "4",
                "--random-input-len",
                "32",
                "--random-output-len",
                "8",
                "--record",
                recording.toString(),
                "--format",
                "json");

        assertThat(measured.exitCode).as(measured.err).isZero();
        assertThat(measured.out).contains("\"schema_version\"");
        Result projected = run("project", recording.toString(), "--format", "json");
        assertThat(projected.exitCode).as(projected.err).isZero();
        assertThat(projected.out).contains("\"recommendation\"");
    }

    @Test
    void demoTellsTheWholeStory() throws IOException, InterruptedException {
        Result result = run("demo", "--folder", folder.resolve("demo").toString(), "--runs", "1");

        assertThat(result.exitCode).as(result.err).isZero();
        assertThat(result.out).contains("4. Measured afterwards", "max-num-batched-tokens = ");
    }

    @Test
    void doctorRuns() throws IOException, InterruptedException {
        Result result = run("doctor");

        assertThat(result.exitCode).as(result.err).isZero();
        assertThat(result.out).containsIgnoringCase("cuda");
    }

    private static Result run(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(launcher.toString()));
        command.addAll(Arrays.asList(arguments));
        Path out = Files.createTempFile(folder, "out", ".txt");
        Path err = Files.createTempFile(folder, "err", ".txt");
        ProcessBuilder builder = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().clear();
        builder.environment().putAll(Map.of("PATH", ""));
        Process process = builder.start();
        boolean ended = process.waitFor(5, TimeUnit.MINUTES);
        process.destroyForcibly();
        assertThat(ended).as(String.join(" ", command)).isTrue();
        return new Result(
                process.exitValue(),
                Files.readString(out, StandardCharsets.UTF_8),
                Files.readString(err, StandardCharsets.UTF_8));
    }
}
