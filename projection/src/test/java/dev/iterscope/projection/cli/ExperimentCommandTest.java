package dev.iterscope.projection.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The script of `experiment`, run against commands that stand in for vLLM's.
class ExperimentCommandTest {
    @TempDir
    Path folder;

    private Path bin;

    @BeforeEach
    void standIns() throws IOException {
        bin = Files.createDirectory(folder.resolve("bin"));
        command("vllm", "exec '" + Path.of(System.getProperty("java.home"), "bin", "java") + "' -XX:TieredStopAtLevel=1 -cp '"
                + System.getProperty("java.class.path") + "' " + StandInVllm.class.getName() + " \"$@\"");
        command("iterscope", "printf '%s\\n' \"$@\" >'" + folder.resolve("iterscope.args") + "'");
    }

    private void command(String name, String body) throws IOException {
        Path file = Files.writeString(bin.resolve(name), "#!/bin/sh\n" + body + "\n");
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static boolean answers(int port) {
        try (ServerSocket _ = new ServerSocket(port)) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    private Path script(String... more) {
        Path script = folder.resolve("experiment.sh");
        List<String> args =
                new ArrayList<>(List.of("experiment", "--folder", folder.resolve("out put").toString(), "-o", script.toString()));
        args.addAll(List.of(more));
        Cli cli = Cli.run(args.toArray(String[]::new));
        assertThat(cli.code()).as(cli.err()).isEqualTo(ExitCode.DONE);
        return script;
    }

    private Process start(String... command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true)
                .redirectOutput(folder.resolve("script.out").toFile());
        builder.environment().merge("PATH", bin + ":", (path, own) -> own + path);
        return builder.start();
    }

    private int run(String... command) throws IOException, InterruptedException {
        Process process = start(command);
        assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
        return process.exitValue();
    }

    private String said() throws IOException {
        return Files.readString(folder.resolve("script.out"));
    }

    private static void needsCurl() throws IOException, InterruptedException {
        assumeTrue(new ProcessBuilder("sh", "-c", "command -v curl").redirectErrorStream(true).start().waitFor() == 0, "curl is not here");
    }

    private Path result(String name) {
        return folder.resolve("out put").resolve(name);
    }

    @Test
    void everySettingIsMeasuredAndProjected() throws Exception {
        needsCurl();
        int port = freePort();
        Path script = script("--engine", "vllm", "--server-command", "vllm serve 'my model'", "--port", String.valueOf(port),
                "--max-num-batched-tokens", "64,256,13", "--max-num-seqs", "13", "--runs", "2", "--num-prompts", "12", "--random-input-len",
                "100",
                "--random-output-len", "20");
        assertThat(run("sh", script.toString(), "--draws", "0")).as(said()).isEqualTo(1); // the server refuses 13
        assertThat(answers(port)).isFalse();
        for (String name : List.of("mbnt-64-seqs-13-run-1", "mbnt-256-seqs-13-run-1", "mbnt-256-seqs-13-run-2", "mbnt-64-seqs-13-run-2")) {
            assertThat(Files.readString(result(name + ".state"))).startsWith("done\nload exit 0, server exit 143");
            assertThat(Files.readString(result(name + ".log"))).contains("Iteration(0): ");
        }
        assertThat(Files.readString(result("mbnt-13-seqs-13-run-1.state"))).startsWith("failed\nthe server ended with exit 1");
        // Forwards, then backwards.
        assertThat(said().lines().filter(line -> line.contains(": starting")).map(line -> line.split(" ")[1]).toList()).containsExactly(
                "mbnt-64-seqs-13-run-1:", "mbnt-256-seqs-13-run-1:", "mbnt-13-seqs-13-run-1:", "mbnt-13-seqs-13-run-2:",
                "mbnt-256-seqs-13-run-2:",
                "mbnt-64-seqs-13-run-2:");

        List<String> project = Files.readAllLines(folder.resolve("iterscope.args"));
        assertThat(project).startsWith("project", result("mbnt-64-seqs-13-run-1.log").toString(),
                result("mbnt-64-seqs-13-run-1.json").toString(), result("mbnt-256-seqs-13-run-1.log").toString())
                .containsSubsequence("--draws", "0", "--num-prompts", "12");
        project.addAll(List.of("--format", "json"));
        Cli answer = Cli.run(project.toArray(String[]::new));
        assertThat(answer.code()).as(answer.err()).isEqualTo(ExitCode.DONE);
        JsonNode report = new ObjectMapper().readTree(answer.out());
        assertThat(report.at("/recording/files")).hasSize(8);
        assertThat(report.get("sweep")).isNotEmpty();
    }

    @Test
    void aStoppedScriptLeavesNoServerAndGoesOnLater() throws Exception {
        needsCurl();
        int port = freePort();
        Path script = script("--engine", "vllm", "--model", "m", "--port", String.valueOf(port), "--max-num-batched-tokens", "64,256",
                "--max-num-seqs", "8", "--runs", "1", "--num-prompts", "6", "--random-input-len", "100", "--random-output-len", "5");
        ProcessBuilder slow = new ProcessBuilder("sh", script.toString()).directory(folder.toFile()).redirectErrorStream(true)
                .redirectOutput(folder.resolve("script.out").toFile());
        slow.environment().merge("PATH", bin + ":", (path, own) -> own + path);
        slow.environment().put("STAND_IN_PAUSE_MILLIS", "600000");
        Process stopped = slow.start();
        while (!said().contains("warming up")) {
            assertThat(stopped.isAlive()).as(said()).isTrue();
            Thread.sleep(50);
        }
        assertThat(answers(port)).isTrue();
        stopped.destroy();
        assertThat(stopped.waitFor(2, TimeUnit.MINUTES)).isTrue();
        assertThat(stopped.exitValue()).isEqualTo(143);
        assertThat(answers(port)).isFalse();
        assertThat(result("mbnt-64-seqs-8-run-1.state")).doesNotExist();

        assertThat(run("sh", script.toString())).as(said()).isZero();
        assertThat(said()).contains("mbnt-64-seqs-8-run-1: done", "mbnt-256-seqs-8-run-1: done", "projecting from 2 runs");
        assertThat(run("sh", script.toString())).as(said()).isZero();
        assertThat(said()).doesNotContain("starting").contains("projecting from 2 runs");
    }

    @Test
    void aServerThatAnswersAlreadyIsLeftAlone() throws Exception {
        needsCurl();
        int port = freePort();
        Process other =
                start(bin.resolve("vllm").toString(), "serve", "m", "--port", String.valueOf(port), "--max-num-batched-tokens", "64",
                        "--enable-logging-iteration-details");
        try {
            while (!answers(port)) {
                Thread.sleep(50);
            }
            Path script = script("--engine", "vllm", "--model", "m", "--port", String.valueOf(port), "--max-num-batched-tokens", "64",
                    "--max-num-seqs", "8", "--num-prompts", "6");
            assertThat(run("sh", script.toString())).isEqualTo(1);
            assertThat(said()).contains("stop it first");
            assertThat(other.isAlive()).isTrue();
        } finally {
            other.destroy();
        }
    }

    /// A request file's lengths reach the load generator one by one, and everything is taken from the log of the server.
    @Test
    void aRecordingGivesFlagsAndBudgets() throws Exception {
        needsCurl();
        int port = freePort();
        StringBuilder log =
                new StringBuilder("INFO 07-09 15:19:01 [utils.py:1] non-default args: {'model_tag': '/models/my org/M', 'port': "
                        + port + ", 'api_key': ['sk-secret'], 'max_model_len': 4096, 'max_num_batched_tokens': 512, 'max_num_seqs': 8,"
                        + " 'enable_prefix_caching': False, 'served_model_name': ['a', 'b']}\n"
                        + "INFO 07-09 15:20:01 [core.py:1] GPU KV cache size: 60,000 tokens\n");
        for (int i = 1; i <= 120; i++) {
            log.append(
                    String.format(Locale.ROOT, "INFO 07-09 15:20:%02d [core.py:349] Iteration(%d): 1 context requests, 512 context tokens,"
                            + " 0 generation requests, 0 generation tokens, iteration elapsed time: 30.%02d ms%n", 10 + i / 20, i, i % 10));
        }
        Path recording = Files.writeString(folder.resolve("a server's.log"), log);
        Path requests = Files.writeString(folder.resolve("requests.jsonl"),
                "{\"input_toks\": 100, \"output_toks\": 5, \"arrival_time\": 0}\n{\"input_toks\": 9000, \"output_toks\": 5, \"arrival_time\": 1}\n"
                        + "{\"input_toks\": 700, \"output_toks\": 9, \"arrival_time\": 2}\n".repeat(30));
        Path script = script("--from", recording.toString(), "--workload", requests.toString(), "--runs", "1");
        String text = Files.readString(script);
        assertThat(text).contains("exec vllm serve '/models/my org/M' --port " + port + " --max-model-len 4096 --no-enable-prefix-caching"
                + " --served-model-name a b --enable-logging-iteration-details --max-num-batched-tokens \"$1\" --max-num-seqs \"$2\"",
                "--served-model-name a --base-url", "--dataset-name burstgpt", "0,GPT-4,700,9,709,API log", "measure 256 8 1")
                .doesNotContain("secret", "9000");

        Path one =
                script("--from", recording.toString(), "--workload", requests.toString(), "--runs", "1", "--max-num-batched-tokens", "256");
        assertThat(run("sh", one.toString())).as(said()).isZero();
        assertThat(Files.readAllLines(folder.resolve("iterscope.args"))).startsWith("project", recording.toString())
                .endsWith("--workload", requests.toString());
    }

    /// What a report prints to paste is what a shell can run.
    @Test
    void theCommandsOfAReportRunAsPasted() throws Exception {
        needsCurl();
        int port = freePort();
        StringBuilder log = new StringBuilder("INFO 07-09 15:19:01 [utils.py:1] non-default args: {'model_tag': 'm', 'port': " + port
                + ", 'max_num_batched_tokens': 512, 'max_num_seqs': 8, 'ssl_keyfile_password': 'secret'}\n"
                + "INFO 07-09 15:20:01 [core.py:1] GPU KV cache size: 60,000 tokens\n");
        for (int i = 1; i <= 120; i++) {
            log.append(
                    String.format(Locale.ROOT, "INFO 07-09 15:20:%02d [core.py:349] Iteration(%d): 1 context requests, 512 context tokens,"
                            + " 0 generation requests, 0 generation tokens, iteration elapsed time: 30.%02d ms%n", 10 + i / 20, i, i % 10));
        }
        Path recording = Files.writeString(folder.resolve("a server's.log"), log);
        Cli report = Cli.run("project", recording.toString(), "--max-num-batched-tokens", "128,512", "--draws", "0", "--num-prompts", "6",
                "--random-input-len", "100", "--random-output-len", "5", "--format", "json");
        String command = new ObjectMapper().readTree(report.out()).at("/sweep/0/next_measurement/command").asText();
        assertThat(command).contains("'" + recording.toString().replace("'", "'\\''") + "'",
                "--random-input-len 100 --random-output-len 5");
        assertThat(run("sh", "-c", command)).as(said()).isZero();
        assertThat(answers(port)).isFalse();
        assertThat(Files.readString(folder.resolve("mbnt-128.log"))).contains("Iteration(0): ", "'max_num_batched_tokens': 128");
        assertThat(Files.readAllLines(folder.resolve("iterscope.args")))
                .startsWith("project", recording.toString(), "mbnt-128.log", "mbnt-128.json", "--num-prompts", "6");
        command("vllm", "exit 3");
        assertThat(run("sh", "-c", command)).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"vllm", "sglang", "tensorrt-llm", "iterscope"})
    void everyEnginesScriptIsShell(String engine) throws Exception {
        Path script = script("--engine", engine, "--model", "it's a model", "--max-num-batched-tokens", "256,1024", "--num-prompts", "4");
        assertThat(run("sh", "-n", script.toString())).as(said()).isZero();
        assertThat(Files.readString(script)).contains("'it'\\''s a model'").doesNotContainPattern("@[A-Z]+@");
    }

    /// The bundled engine runs for real.
    @Test
    void theBundledEngineIsMeasured() throws Exception {
        command("iterscope", "exec '" + Path.of(System.getProperty("java.home"), "bin", "java")
                + "' --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED -cp '" + System.getProperty("java.class.path")
                + "' "
                + Main.class.getName() + " \"$@\"");
        Path script =
                script("--engine", "iterscope", "--model", "tiny", "--max-num-batched-tokens", "32,128", "--max-num-seqs", "8", "--runs",
                        "1", "--num-prompts", "10", "--random-input-len", "60", "--random-output-len", "10");
        assertThat(run("sh", script.toString(), "--draws", "0", "--format", "json", "-o", "answer.json")).as(said()).isZero();
        JsonNode report = new ObjectMapper().readTree(Files.readString(folder.resolve("answer.json")));
        assertThat(report.at("/recording/files")).hasSize(2);
        assertThat(report.at("/recording/iterations").asInt()).isPositive();
    }

    @Test
    void whatIsMissingIsSaidInOneLine() {
        assertThat(Cli.run("experiment").err().lines().findFirst().orElseThrow()).contains("needs --engine");
        assertThat(Cli.run("experiment", "--engine", "llama").err()).contains("is not known; use one of vllm, sglang");
        assertThat(Cli.run("experiment", "--engine", "vllm").err()).contains("needs --server-command, --model, or --from");
        assertThat(Cli.run("experiment", "--engine", "vllm", "--model", "m").err()).contains("needs a workload");
        assertThat(Cli.run("experiment", "--engine", "vllm", "--model", "m", "--num-prompts", "3").err())
                .contains("needs --max-num-batched-tokens");
        Cli piped = Cli.run("experiment", "--engine", "vllm", "--server-command", "vllm serve m | tee log", "--num-prompts", "3",
                "--max-num-batched-tokens", "64");
        assertThat(piped.code()).isEqualTo(ExitCode.USAGE);
        assertThat(piped.err()).contains("must be one simple command");
    }
}
