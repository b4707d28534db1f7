package dev.iterscope.projection.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.model.ModelPresets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RunCommandTest {

    @TempDir
    Path folder;

    private static String[] small(String... more) {
        String[] base = {"run", "--num-prompts", "3", "--random-input-len", "20", "--random-output-len", "4", "--memory", "512MiB"};
        String[] all = new String[base.length + more.length];
        System.arraycopy(base, 0, all, 0, base.length);
        System.arraycopy(more, 0, all, base.length, more.length);
        return all;
    }

    @Test
    void jsonIsOneFlatObjectAndTheRecordingHoldsAsManyIterations() throws IOException {
        Path file = folder.resolve("run.jfr");
        Cli cli = Cli.run(small("--format", "json", "--record", file.toString()));
        assertThat(cli.code()).as(cli.err()).isEqualTo(ExitCode.DONE);
        JsonNode root = new ObjectMapper().readTree(cli.out());
        assertThat(root).allSatisfy(value -> assertThat(value.isNumber()).isTrue());
        assertThat(root.get("schema_version").asInt()).isEqualTo(2);
        assertThat(root.get("completed").asInt()).isEqualTo(3);
        assertThat(root.get("total_input_tokens").asInt()).isEqualTo(60);
        assertThat(root.get("total_output_tokens").asInt()).isEqualTo(12);
        assertThat(root.get("mean_tpot_ms").asDouble()).isPositive();
        long iterations = RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().equals("iterscope.Iteration"))
                .count();
        assertThat(root.get("iterations").asLong()).isEqualTo(iterations);
    }

    @Test
    void anEmulatedRunNeedsStepTimes() {
        Cli cli = Cli.run(small("--backend", "emulated"));
        assertThat(cli.code()).isEqualTo(ExitCode.USAGE);
        assertThat(cli.err().lines()).singleElement().asString().contains("--from RECORDING");
    }

    @Test
    void explicitLimitsThatContradictEachOtherAreAUsageError() {
        assertThat(Cli.run(small("--max-num-batched-tokens", "8", "--max-num-seqs", "16")).code()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void longPromptsAreTakenInByNoMoreThanTheThreshold() throws IOException {
        Path file = folder.resolve("chunks.jfr");
        Cli cli = Cli.run(small("--long-prefill-token-threshold", "6", "--max-concurrency", "1", "--record", file.toString()));
        assertThat(cli.code()).as(cli.err()).isEqualTo(ExitCode.DONE);
        List<Integer> chunks = RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().equals("iterscope.Iteration"))
                .map(event -> event.getInt("contextTokens"))
                .filter(tokens -> tokens > 0)
                .toList();
        assertThat(chunks).hasSizeGreaterThanOrEqualTo(12).allSatisfy(tokens -> assertThat(tokens).isLessThanOrEqualTo(6));

        assertThat(Cli.run("project", file.toString(), "--long-prefill-token-threshold", "-1").err().lines())
                .singleElement().asString().contains("--long-prefill-token-threshold", "at least 0");
        assertThat(Cli.run(small("--long-prefill-token-threshold", "-1")).code()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void aPromptThatCanNeverFitRejectsThatRequestOnly() throws IOException {
        Path file = Files.writeString(folder.resolve("w.jsonl"),
                "{\"input_toks\": 400, \"output_toks\": 2}\n{\"input_toks\": 30, \"output_toks\": 2}\n");
        Cli cli = Cli.run("run", "--workload", file.toString(), "--num-gpu-blocks-override", "9", "--format", "json");
        assertThat(cli.code()).as(cli.err()).isEqualTo(ExitCode.DONE);
        JsonNode root = new ObjectMapper().readTree(cli.out());
        assertThat(root.get("failed").asInt()).isEqualTo(1);
        assertThat(root.get("completed").asInt()).isEqualTo(1);
        assertThat(cli.err()).contains("rejected request-0");
    }

    @Test
    void logsEveryIterationAndTheAveragesInVllmsWords() throws IOException {
        Path file = folder.resolve("run.jfr");
        Cli cli = Cli.run(small("--log-iterations=frontend", "--log-stats=3600", "--record", file.toString(), "--format", "json"));
        assertThat(cli.code()).as(cli.err()).isEqualTo(ExitCode.DONE);
        long iterations = new ObjectMapper().readTree(cli.out()).get("iterations").asLong();
        assertThat(cli.err().lines().filter(line -> line.matches("\\(APIServer pid=\\d+\\) INFO \\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d "
                + "\\[loggers\\.py:271] Engine 000: Iteration\\(\\d+\\): \\d+ context requests, \\d+ context tokens, \\d+ generation requests, "
                + "\\d+ generation tokens, iteration elapsed time: \\d+\\.\\d\\d ms, GPU KV cache usage: \\d+\\.\\d%")))
                .hasSize(Math.toIntExact(iterations));
    }

    @Test
    void refusesFormsIntervalsAndPortsThatAreNone() {
        for (String option : List.of("--log-iterations=long", "--log-stats=0", "--log-stats=never", "--metrics-port=70000",
                "--profile-iterations=5-2", "--profile-iterations=0-2", "--kernel-events=-1")) {
            Cli cli = Cli.run(small(option));
            assertThat(cli.code()).as(option).isEqualTo(ExitCode.USAGE);
            assertThat(cli.err().lines()).as(option).hasSize(1);
        }
    }

    @Test
    void aWindowThatTheRunNeverReachesIsSaid() {
        Cli cli = Cli.run(small("--profile-iterations", "1000-1010"));
        assertThat(cli.code()).as(cli.err()).isEqualTo(ExitCode.DONE);
        assertThat(cli.err()).contains("--profile-iterations 1000-1010 captured nothing");
    }

    /// `kill -9` in the middle of a run, then the one command that its note names.
    @Test
    void aKilledRunLeavesWhatOneCommandAssembles() throws Exception {
        Path file = folder.resolve("killed.jfr");
        Path note = folder.resolve("killed.jfr.unfinished");
        Process process = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--add-modules", "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED", "-Djava.io.tmpdir=" + folder, "-cp", System.getProperty("java.class.path"),
                Main.class.getName(), "run", "--num-prompts", "4000", "--random-input-len", "32", "--memory", "512MiB", "--record",
                file.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            Instant latest = Instant.now().plusSeconds(60);
            while (!Files.exists(note) && process.isAlive() && Instant.now().isBefore(latest)) {
                Thread.sleep(20);
            }
            assertThat(process.waitFor(4, TimeUnit.SECONDS)).as("the run is longer than this").isFalse();
        } finally {
            process.destroyForcibly().waitFor();
        }
        assertThat(file).doesNotExist();

        Cli cli = Cli.run("import", note.toString(), "-o", file.toString());

        assertThat(cli.code()).as(cli.err()).isEqualTo(ExitCode.DONE);
        assertThat(cli.out()).matches("(?s).*: jfr, [1-9][0-9]* iterations, 4000 requests.*");
        assertThat(RecordingFile.readAllEvents(file).stream().map(event -> event.getEventType().getName()))
                .contains("iterscope.Iteration", "iterscope.EngineConfig", "jdk.CPULoad");
    }

    @Test
    void anUnknownOptionValueIsOneLine() {
        Cli cli = Cli.run(small("--memory", "lots"));
        assertThat(cli.code()).isEqualTo(ExitCode.USAGE);
        assertThat(cli.err().lines()).hasSize(1);
    }

    @Test
    void theMemoryIsDividedInOneLineBeforeTheRun() {
        Cli cli = Cli.run(small("--kv-cache-dtype", "float32"));
        assertThat(cli.code()).as(cli.err()).isEqualTo(ExitCode.DONE);
        assertThat(cli.err().lines()).anySatisfy(line -> assertThat(line)
                .startsWith("memory: weights 0.0")
                .contains("at max-num-batched-tokens 512")
                .contains("KiB a token")
                .contains("f32")
                .endsWith("of 0.500 GiB"));
    }

    @Test
    void quantisedWeightsTakeHalfTheMemoryAndAreRecordedAsSuch() throws IOException {
        Path file = folder.resolve("run.jfr");
        Cli cli = Cli.run(small("--quantization", "int8", "--kernel-events", "1", "--record", file.toString()));
        assertThat(cli.code()).as(cli.err()).isEqualTo(ExitCode.DONE);
        Cli whole = Cli.run(small());
        assertThat(weights(cli)).isCloseTo(weights(whole) * (1 + 4 / 128.0) / 2, within(0.001));
        assertThat(RecordingFile.readAllEvents(file))
                .filteredOn(event -> event.getEventType().getName().equals("iterscope.Model"))
                .isNotEmpty()
                .allSatisfy(event -> assertThat(event.getString("dtype")).isEqualTo("int8"));
        ModelConfig tiny = ModelPresets.TINY;
        assertThat(RecordingFile.readAllEvents(file))
                .filteredOn(event -> event.getEventType().getName().equals("iterscope.Kernel")
                        && event.getString("kernel").equals("down_proj"))
                .isNotEmpty()
                .allSatisfy(event -> {
                    long matrix = (long) tiny.hiddenSize() * tiny.intermediateSize();
                    long scales = 4L * tiny.hiddenSize() * Math.ceilDiv(tiny.intermediateSize(), 128);
                    long rows = 4L * event.getInt("m") * (tiny.hiddenSize() + tiny.intermediateSize());
                    assertThat(event.getLong("bytes")).isEqualTo(matrix + scales + rows);
                });
    }

    private static double weights(Cli cli) {
        Matcher matcher = Pattern.compile("memory: weights ([0-9.]+) GiB").matcher(cli.err());
        assertThat(matcher.find()).as(cli.err()).isTrue();
        return Double.parseDouble(matcher.group(1));
    }

    @ParameterizedTest
    @CsvSource({"fp8,must be int8 or bfloat16", "int3,must be int8 or bfloat16"})
    void anEngineQuantisesToInt8Only(String type, String mentioned) {
        Cli cli = Cli.run(small("--quantization", type));
        assertThat(cli.code()).isEqualTo(ExitCode.USAGE);
        assertThat(cli.err().lines()).singleElement().asString().contains(mentioned);
    }

    @Test
    void tooLittleMemoryIsOneLine() {
        Cli cli = Cli.run("run", "--memory", "20MiB");
        assertThat(cli.code()).isEqualTo(ExitCode.USAGE);
        assertThat(cli.err().lines()).singleElement().asString().contains("tiny needs").contains("--memory");
    }

    @Test
    void moreMemoryThanTheMachineHasIsOneLine() {
        Cli cli = Cli.run("run", "--memory", "900TiB");
        assertThat(cli.code()).isEqualTo(ExitCode.MACHINE_LACKS);
        assertThat(cli.err().lines()).singleElement().asString().contains("--memory is 921600.00 GiB, but this machine has");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-o", "--record"})
    void aFileInAMissingFolderIsRefusedBeforeTheRun(String option) {
        Cli cli = Cli.run(small(option, folder.resolve("missing/result").toString()));
        assertThat(cli.code()).isEqualTo(ExitCode.UNUSABLE_INPUT);
        assertThat(cli.err().lines()).singleElement().asString().contains("no folder").contains(option);
    }

    @Test
    void textsAreContinuedTheSameWayForTheSameSeedAndOtherwiseForAnother() throws IOException {
        Path model = SmallCheckpoint.write(folder.resolve("model"));
        String[] command = {"run", "--model", model.toString(), "--prompt", "a batch of tokens", "--prompt", "tokens of a", "--memory",
            "64MiB",
            "--random-output-len", "6", "--ignore-eos", "--temperature", "1.5", "--top-k", "20", "--top-p", "0.9", "--format", "json"};
        Cli first = Cli.run(command);
        assertThat(first.code()).as(first.err()).isEqualTo(ExitCode.DONE);
        JsonNode texts = new ObjectMapper().readTree(first.out()).get("generated_texts");
        assertThat(texts).hasSize(2).allSatisfy(text -> assertThat(text.asText().split(" ")).hasSize(6));
        assertThat(new ObjectMapper().readTree(Cli.run(command).out()).get("generated_texts")).isEqualTo(texts);
        String[] other = Arrays.copyOf(command, command.length + 2);
        other[command.length] = "--seed";
        other[command.length + 1] = "1";
        assertThat(new ObjectMapper().readTree(Cli.run(other).out()).get("generated_texts")).isNotEqualTo(texts);
    }

    @Test
    void textStandsBeforeTheResultBlock() throws IOException {
        Path model = SmallCheckpoint.write(folder.resolve("model"));
        Cli cli = Cli.run("run", "--model", model.toString(), "--prompt", "a batch", "--memory", "64MiB", "--random-output-len", "3");
        assertThat(cli.code()).as(cli.err()).isEqualTo(ExitCode.DONE);
        assertThat(cli.out().lines().findFirst()).hasValueSatisfying(line -> assertThat(line).startsWith("prompt-0: 2 tokens in, "));
        assertThat(cli.out()).contains("Serving Benchmark Result");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|',
            textBlock = """
                    config.json           | "vocab_size" : 40       | "vocab_size" : 41        | 3 | model.embed_tokens.weight
                    config.json           | "hidden_size" : 32      | "hidden_size" : 64       | 3 | model.embed_tokens.weight
                    config.json           | "bfloat16"             | "float8"                 | 3 | torch_dtype
                    config.json           | "num_hidden_layers" : 1 | "num_hidden_layers" : 2  | 3 | model.layers.1.
                    config.json           | Qwen3ForCausalLM       | gpt2                     | 3 | gpt2
                    tokenizer.json        | "tokens" : 3            | "tokens" : 300           | 3 | 300
                    tokenizer.json        | "model"                | "module"                 | 3 | model.vocab
                    tokenizer.json        | "version"               | version                  | 3 | not JSON
                    config.json           | Qwen3ForCausalLM       | LlamaForCausalLM         | 3 | model.safetensors, tensor model.layers.0.self_attn.k_norm
                    generation_config.json| 0.95                   | 7                        | 3 | topP
                    generation_config.json| "top_k"                | "eos_token_id":40,"top_k"| 3 | token 40 is none of the model's 40
                    """)
    void aDamagedCheckpointIsOneLine(String file, String from, String to, int code, String mentioned) throws IOException {
        Path model = SmallCheckpoint.write(folder.resolve("model"));
        Path damaged = model.resolve(file);
        String text = Files.readString(damaged);
        assertThat(text).contains(from);
        Files.writeString(damaged, text.replace(from, to));
        Cli cli = Cli.run("run", "--model", model.toString(), "--prompt", "a", "--memory", "64MiB");
        assertThat(cli.code()).as(cli.err()).isEqualTo(code);
        assertThat(cli.err().lines().filter(line -> !line.startsWith("memory:")))
                .singleElement()
                .asString()
                .contains(model.toString())
                .contains(mentioned);
    }

    /// What can be used and yet may not be what was meant is noted, and the run goes on.
    @Test
    void whatIsDoubtfulAboutAFolderIsNoted() throws IOException {
        Path model = SmallCheckpoint.write(folder.resolve("model"));
        Files.writeString(model.resolve("model.safetensors.index.json"), "{}");
        Cli cli = Cli.run("run", "--model", model.toString(), "--prompt", "a", "--memory", "64MiB", "--random-output-len", "2");
        assertThat(cli.code()).as(cli.err()).isEqualTo(ExitCode.DONE);
        assertThat(cli.err().lines().filter(line -> line.startsWith("note: " + model))).hasSize(1).first().asString()
                .contains("model.safetensors.index.json; the first is read");
    }

    @Test
    void promptsNeedACheckpoint() {
        Cli cli = Cli.run("run", "--prompt", "hello");
        assertThat(cli.code()).isEqualTo(ExitCode.USAGE);
        assertThat(cli.err().lines()).singleElement().asString().contains("tokenizer.json");
    }

    @Test
    void topKWithoutTemperatureIsAUsageError() {
        assertThat(Cli.run(small("--top-k", "5")).code()).isEqualTo(ExitCode.USAGE);
        assertThat(Cli.run(small("--temperature", "-1")).code()).isEqualTo(ExitCode.USAGE);
        assertThat(Cli.run(small("--temperature", "1", "--top-p", "0")).code()).isEqualTo(ExitCode.USAGE);
    }
}
