package dev.iterscope.projection.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a user may give by mistake is answered in one line: what is wrong and what to do.
class WrongInputTest {
    private static final String STEP = "INFO 01-02 00:00:01 [core.py:1] Iteration(1): 1 context requests, 8 context tokens,"
            + " 0 generation requests, 0 generation tokens, iteration elapsed time: 1.00 ms\n";

    @TempDir
    Path folder;

    private Path file(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content);
    }

    private static String refused(int code, String... args) {
        Cli cli = Cli.run(args);
        assertThat(cli.code()).as(cli.err()).isEqualTo(code);
        assertThat(cli.out()).isEmpty();
        assertThat(cli.err().lines()).hasSize(1);
        return cli.err();
    }

    @Test
    void aDeviceThatNeverEndsIsNotReadToItsEnd() {
        Assumptions.assumeTrue(Files.exists(Path.of("/dev/zero")) && Files.exists(Path.of("/dev/urandom")), "no /dev/zero");
        assertThat(refused(ExitCode.UNUSABLE_INPUT, "project", "/dev/zero")).contains("/dev/zero", "not a recording");
        assertThat(refused(ExitCode.UNUSABLE_INPUT, "project", "/dev/urandom")).contains("/dev/urandom", "not a recording");
        assertThat(refused(ExitCode.UNUSABLE_INPUT, "run", "--workload", "/dev/zero")).contains("no text");
    }

    @Test
    void aFileThatCannotBeWrittenIsNamedWithTheSystemsReason() throws IOException {
        Path log = file("a.log", STEP);
        Assumptions.assumeTrue(Files.exists(Path.of("/dev/full")), "no /dev/full");
        assertThat(refused(ExitCode.UNUSABLE_INPUT, "explain", log.toString(), "1", "-o", "/dev/full"))
                .contains("/dev/full: cannot be written (No space left on device)");
        assertThat(refused(ExitCode.UNUSABLE_INPUT, "export", log.toString(), "--format", "csv", "--event", "iterscope.Iteration", "-o",
                "/dev/full")).contains("/dev/full: cannot be written (No space left on device)");
        Assumptions.assumeTrue(Files.exists(Path.of("/proc/version")), "no /proc");
        assertThat(refused(ExitCode.UNUSABLE_INPUT, "explain", log.toString(), "1", "-o", "/proc/version"))
                .contains("/proc/version: cannot be written").doesNotContain("refused");
    }

    @Test
    void aCutCompressedLogIsCalledDamaged() throws IOException {
        String lines = String.join("", IntStream.range(0, 200).mapToObj(i -> STEP.replace("(1)", "(" + i + ")")).toList());
        byte[] whole = Zstd.compress(lines.getBytes(StandardCharsets.UTF_8));
        for (int length : new int[] {4, 5, 9, 20, whole.length / 2}) {
            Path cut = Files.write(folder.resolve("cut.zst"), Arrays.copyOf(whole, length));
            assertThat(refused(ExitCode.UNUSABLE_INPUT, "project", cut.toString())).contains("damaged").doesNotContain("empty");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"input_toks\": 3", "{\"input_toks\": 3, \"output_toks\": [", "{\"completed\": {\"a\":"})
    void brokenJsonIsToldInOurWords(String text) throws IOException {
        Path broken = file("broken.jsonl", "{\"input_toks\": 3, \"output_toks\": 4}\n" + text);
        assertThat(refused(ExitCode.UNUSABLE_INPUT, "run", "--workload", broken.toString())).contains("line 2").doesNotContain("Source");
        assertThat(refused(ExitCode.UNUSABLE_INPUT, "schedule", file("s.json", text).toString())).doesNotContain("Source");
        assertThat(refused(ExitCode.UNUSABLE_INPUT, "schedule", broken.toString())).doesNotContain("Source", "FAIL_ON");
    }

    @Test
    void anArrivalBeforeTheBeginOfTimeIsRefused() throws IOException {
        Path early = file("early.jsonl", "{\"input_toks\": 3, \"output_toks\": 4, \"arrival_time\": -5}\n");
        assertThat(refused(ExitCode.UNUSABLE_INPUT, "run", "--workload", early.toString())).contains("line 1", "negative");
    }

    @Test
    void anEmptyNameIsAUsageError() {
        assertThat(refused(ExitCode.USAGE, "project", "")).contains("empty");
    }

    @Test
    void aWorkloadNamedAsARecordingIsSentToItsOption() throws IOException {
        for (String line : new String[] {"{\"input_toks\": 3, \"output_toks\": 4}", "{\"timestamp\": 0, \"input_length\": 5}",
            "TIMESTAMP,ContextTokens,GeneratedTokens"}) {
            assertThat(refused(ExitCode.UNUSABLE_INPUT, "project", file("w", line + "\n").toString())).contains("--workload");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "--kernel-speedup x | Value for option '--kernel-speedup'",
        "--draws x          | is not a whole number;",
        "--seed x           | is not a whole number;",
        "--slo-probability x | is not a number;",
        "--slo p99_itl_ms   | is not a bound"})
    void aValueOfAnotherFormIsAUsageErrorInPlainWords(String options, String words) throws IOException {
        String[] option = options.split(" ");
        assertThat(refused(ExitCode.USAGE, "project", file("a.log", STEP).toString(), option[0], option[1])).contains(words);
    }

    @Test
    void logsWithoutStepsNameTheirOwnEnginesFlag() throws IOException {
        Path averages = file("vllm.log", "INFO 03-11 08:24:35 [loggers.py:111] Engine 000: Avg prompt throughput: 1535.5 tokens/s,"
                + " Avg generation throughput: 27.0 tokens/s, Running: 2 reqs, Waiting: 0 reqs, GPU KV cache usage: 2.6%,"
                + " Prefix cache hit rate: 0.0%\n");
        assertThat(Cli.run("project", averages.toString()).out().replaceAll("\\s+", " ")).contains("--enable-logging-iteration-details");
        Path sglang = file("sglang.log", "[2025-02-27 04:46:39 TP0] Decode batch. #running-req: 8, #token: 62531, token usage: 0.12,"
                + " gen throughput (token/s): 186.64, #queue-req: 0\n");
        assertThat(Cli.run("project", sglang.toString()).out().replaceAll("\\s+", " "))
                .contains("--decode-log-interval").doesNotContain("--enable-logging-iteration-details", "--no-async-scheduling");
    }

    @Test
    void aTerminalWithoutColoursGetsNone() {
        assertThat(Console.showsColour(true, Map.of("TERM", "xterm"))).isTrue();
        assertThat(Console.showsColour(true, Map.of("TERM", "dumb"))).isFalse();
        assertThat(Console.showsColour(true, Map.of("NO_COLOR", "1"))).isFalse();
        assertThat(Console.showsColour(false, Map.of())).isFalse();
    }
}
