package dev.iterscope.engine.backend.cuda;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Compiles native sources with the machine's compilers; tests that need it are skipped where there is none.
final class HostCompiler {
    /// Kernel sources.
    static final Path KERNELS = Path.of("src/main/cuda");
    /// Native sources of tests.
    static final Path NATIVE_TESTS = Path.of("src/test/cuda");

    private HostCompiler() {}

    /// Compiles a shared library, or fails with the compiler's words.
    static Path library(String compiler, Path output, List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(compiler, "-shared", "-fPIC", "-o", output.toString()));
        command.addAll(arguments);
        Result result = run(command);
        if (result.exitCode() != 0) {
            throw new AssertionError(String.join(" ", command) + "\n" + result.output());
        }
        return output;
    }

    /// Skips the test unless `tool` runs.
    static void assumeTool(String tool) {
        boolean there;
        try {
            there = run(List.of(tool, "--version")).exitCode() == 0;
        } catch (IllegalStateException absent) {
            there = false;
        }
        assumeTrue(there, tool + " is not installed");
    }

    /// Runs a command to its end.
    static Result run(List<String> command) {
        return run(command, Path.of(""));
    }

    /// Runs a command in a folder to its end.
    static Result run(List<String> command, Path folder) {
        try {
            Path log = Files.createTempFile("iterscope", ".log");
            try {
                int exitCode = new ProcessBuilder(command).directory(folder.toAbsolutePath().toFile())
                        .redirectErrorStream(true).redirectOutput(log.toFile()).start().waitFor();
                return new Result(exitCode, Files.readString(log, StandardCharsets.UTF_8));
            } finally {
                Files.delete(log);
            }
        } catch (IOException e) {
            throw new IllegalStateException(String.join(" ", command), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /// What a command said.
    ///
    /// @param exitCode its exit code
    /// @param output   what it printed
    record Result(int exitCode, String output) {}
}
