package dev.iterscope.profiler.nvtx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The client under a tool that was compiled against NVIDIA's own headers, in a process of its own as a tool has it.
/// Runs where a C compiler and the headers are.
final class NativeToolTest {

    @TempDir
    Path folder;

    @Test
    void isUnderstoodByAToolBuiltFromNvidiasHeaders() throws Exception {
        Path tool = compile("/native/nvtx_tool.c");
        Path calls = folder.resolve("calls.txt");

        String status = run(Map.of("NVTX_INJECTION64_PATH", tool.toString(), "ITERSCOPE_TEST_OUT", calls.toString()));

        assertThat(status)
                .contains("Attached", tool.toString(), "listening=true", "OptionalInt[260]", "counters=true");
        assertThat(Files.readAllLines(calls))
                .containsExactlyElementsOf(expected());
    }

    @Test
    void isSilentWithoutATool() throws Exception {
        assertThat(run(Map.of())).isEqualTo("NoTool[]" + System.lineSeparator());
    }

    private static List<String> expected() {
        String mixed = "iter=7 ctx=2/7986 gen=14/14 kv=1024/2048 50.0% held=16000 run=16 wait=3 preempt=1";
        String proposal = "iter=188 ctx=0/0 gen=50/50 kv=3500/68959 5.1% held=54210 run=50 wait=0 preempt=0";
        return List.of(
                "version 3 core 1 core2 1",
                "payload extension, C types 1",
                "category iterscope 1 'context'",
                "category iterscope 2 'generation'",
                "category iterscope 3 'mixed'",
                "schema iterscope 'iterscope.Iteration' mask 1 static 1 counters 0 entries 11 size 48",
                "schema iterscope 'iterscope.State' mask 1 static 1 counters 1 entries 4 size 24",
                "counters iterscope 'engine state' size 1 process 1",
                "push - 'execute_context_2(7986)_generation_14(14)' category 0 payload 7",
                "push iterscope registered 'mixed' category 3 payload 7",
                "mark iterscope '" + mixed + "' category 3 iteration=7 contextRequests=2 contextTokens=7986 "
                        + "generationRequests=14 generationTokens=14 kvBlocksUsed=1024 kvBlocksTotal=2048 "
                        + "kvTokensHeld=16000 runningRequests=16 waitingRequests=3 preemptions=1",
                "sample iterscope kvUsagePercent=50.0 kvTokensHeld=16000 runningRequests=16 waitingRequests=3",
                "pop iterscope",
                "pop -",
                "start iterscope registered 'capture' category 0 payload 0",
                "push - 'execute_context_0(0)_generation_50(50)' category 0 payload 188",
                "push iterscope registered 'generation' category 2 payload 188",
                "mark iterscope '" + proposal + "' category 2 iteration=188 contextRequests=0 contextTokens=0 "
                        + "generationRequests=50 generationTokens=50 kvBlocksUsed=3500 kvBlocksTotal=68959 "
                        + "kvTokensHeld=54210 runningRequests=50 waitingRequests=0 preemptions=0",
                "sample iterscope kvUsagePercent=5.1 kvTokensHeld=54210 runningRequests=50 waitingRequests=0",
                "push iterscope registered 'layer 0' category 0 payload 0",
                "pop iterscope",
                "pop iterscope",
                "pop -",
                "end iterscope 7");
    }

    private String run(Map<String, String> environment) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                ShownSteps.class.getName());
        builder.environment().remove(NvtxTool.LIBRARY_VARIABLE);
        builder.environment().putAll(environment);
        return output(builder);
    }

    private Path compile(String source) throws IOException, InterruptedException {
        Optional<Path> include = includeFolder();
        assumeTrue(include.isPresent(), "no NVTX 3 headers with the payload and counters extensions");
        assumeTrue(runs("gcc", "--version"), "no gcc");
        Path c = folder.resolve("tool.c");
        try (InputStream in = Objects.requireNonNull(NativeToolTest.class.getResourceAsStream(source))) {
            Files.copy(in, c);
        }
        Path library = folder.resolve("libtool.so");
        assertThat(output(new ProcessBuilder(
                "gcc",
                "-Wall",
                "-shared",
                "-fPIC",
                "-I" + include.orElseThrow(),
                "-o",
                library.toString(),
                c.toString())))
                .isEmpty();
        return library;
    }

    /// Where toolkits and distributions put the headers.
    private static Optional<Path> includeFolder() {
        return Stream.of(System.getenv("CUDA_HOME"), System.getenv("CUDA_PATH"), "/usr/local/cuda", "/usr")
                .filter(Objects::nonNull)
                .map(home -> Path.of(home, "include"))
                .filter(include -> Files.isRegularFile(include.resolve("nvtx3/nvToolsExtCounters.h")))
                .findFirst();
    }

    private static boolean runs(String... command) throws InterruptedException {
        try {
            return new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private static String output(ProcessBuilder builder) throws IOException, InterruptedException {
        Process process = builder.redirectErrorStream(true).start();
        String output;
        try (InputStream in = process.getInputStream()) {
            output = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }
}
