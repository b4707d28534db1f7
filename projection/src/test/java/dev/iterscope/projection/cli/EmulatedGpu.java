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

/// Runs the command in a JVM of its own that finds NVIDIA's libraries: stand-ins, compiled from the engine's test sources, whose device
/// is the host.
///
/// @param folder  where output is kept
/// @param library folder of the libraries
record EmulatedGpu(Path folder, Path library) {
    private static final Path SOURCES = Path.of("../engine/src/test/cuda");

    /// What a command left behind.
    record Result(int exitCode, String out, String err) {}

    /// Compiles the libraries, or skips the test where there is no compiler.
    static EmulatedGpu compile(Path folder) throws IOException, InterruptedException {
        assumeTrue(runs("g++") && runs("gcc"), "no C++ compiler");
        Path library = folder.resolve("lib");
        Path log = folder.resolve("compile.log");
        int exitCode = new ProcessBuilder("sh", SOURCES.resolve("emulate.sh").toString(), library.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start()
                .waitFor();
        assertThat(exitCode).as(Files.readString(log)).isZero();
        return new EmulatedGpu(folder, library);
    }

    private static boolean runs(String tool) throws InterruptedException {
        try {
            return new ProcessBuilder(tool, "--version")
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor() == 0;
        } catch (IOException absent) {
            return false;
        }
    }

    /// Whether the profiling library could be compiled, which takes NVIDIA's headers.
    boolean hasCupti() {
        return Files.exists(library.resolve("libcupti.so.13"));
    }

    /// Runs `iterscope` in the tests' class path.
    Result run(Map<String, String> environment, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1", // starts faster, and the host's part is small
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(Arrays.asList(arguments));
        return run(command, environment);
    }

    /// Runs another command that is to find the libraries.
    Result run(List<String> command, Map<String, String> environment) throws IOException, InterruptedException {
        Path out = Files.createTempFile(folder, "out", ".txt");
        Path err = Files.createTempFile(folder, "err", ".txt");
        ProcessBuilder builder = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().remove("CUDA_VISIBLE_DEVICES");
        builder.environment().remove("NVTX_INJECTION64_PATH");
        builder.environment().put("LD_LIBRARY_PATH", library.toString());
        builder.environment().putAll(environment);
        Process process = builder.start();
        boolean ended = process.waitFor(2, TimeUnit.MINUTES);
        process.destroyForcibly();
        assertThat(ended).as(String.join(" ", command)).isTrue();
        return new Result(
                process.exitValue(),
                Files.readString(out, StandardCharsets.UTF_8),
                Files.readString(err, StandardCharsets.UTF_8).replace("WARNING: Using incubator modules: jdk.incubator.vector\n", ""));
    }
}
