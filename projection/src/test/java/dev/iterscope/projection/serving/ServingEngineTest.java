package dev.iterscope.projection.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.importer.source.Fact;
import dev.iterscope.projection.importer.source.SettingsDraft;
import dev.iterscope.projection.recording.Settings;
import dev.iterscope.projection.serving.ServerCommand.Word;
import dev.iterscope.projection.workload.WorkloadOptions;
import dev.iterscope.projection.workload.Workloads;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class ServingEngineTest {
    private static ServingEngine named(String name) {
        return ServingEngines.named(name).orElseThrow();
    }

    private static Load load(int input, int output, double ratio) {
        WorkloadOptions options = new WorkloadOptions(Optional.empty(), OptionalInt.of(20), OptionalInt.of(input), OptionalInt.of(output),
                OptionalDouble.of(ratio), OptionalDouble.of(2.5), OptionalDouble.empty(), OptionalInt.of(7), Optional.empty(), 3, true);
        return Load.of(Workloads.make(options, OptionalInt.empty()), options);
    }

    @Test
    void onlyWhatChangesIsAFlagInTheEnginesWords() {
        OptionalInt same = OptionalInt.of(64);
        assertThat(named("vllm").changes(OptionalInt.of(512), same, 256, 64)).isEqualTo("--max-num-batched-tokens 256");
        assertThat(named("vllm").changes(OptionalInt.of(512), same, 512, 32)).isEqualTo("--max-num-seqs 32");
        assertThat(named("vllm").changes(OptionalInt.of(512), same, 512, 64)).isEmpty();
        assertThat(named("sglang").changes(OptionalInt.of(512), same, 256, 32))
                .isEqualTo("--chunked-prefill-size 256 --max-running-requests 32");
        assertThat(named("tensorrt-llm").changes(OptionalInt.empty(), OptionalInt.empty(), 256, 32))
                .isEqualTo("--max_num_tokens 256 --max_batch_size 32");
        assertThat(ServingEngines.named("other")).isEmpty();
    }

    /// Uniform between mean x (1 - R) and mean x (1 + R) is what the options say; SGLang is told the longest and the shortest's share of it.
    @Test
    void eachGeneratorIsToldTheSameLengths() {
        Load load = load(1000, 100, 0.5);
        Word model = Word.of("m");
        ServerCommand server = ServerCommand.of(List.of("vllm", "serve", "m"));
        HttpServer vllm = (HttpServer) named("vllm");
        HttpServer sglang = (HttpServer) named("sglang");
        assertThat(vllm.load("http://h:1", model, server, load, "r.json")).contains("--random-input-len 1000 --random-output-len 100",
                "--random-range-ratio 0.5 ", "--num-prompts 20 --request-rate 2.5 --max-concurrency 7 --ignore-eos --seed 3");
        assertThat(sglang.load("http://h:1", model, server, load, "r.json")).contains("--random-input-len 1500 --random-output-len 150",
                "--random-range-ratio 0.3333 ", "--output-file r.json");
        assertThat(sglang.load("http://h:1", model, server, load(1000, 100, 0), "r.json")).contains("--random-range-ratio 1 ");
    }

    @Test
    void whatTheEngineWouldRefuseIsNotProposed() {
        SettingsDraft draft = new SettingsDraft();
        draft.say(Fact.MAX_MODEL_LEN, 4096);
        Settings chunked = draft.build();
        draft.say(Fact.CHUNKED_PREFILL, false);
        Settings whole = draft.build();
        Load load = load(1000, 100, 0.5);
        assertThat(named("vllm").obstacle(chunked, 512, load, OptionalInt.empty())).isEmpty();
        assertThat(named("vllm").obstacle(whole, 512, load, OptionalInt.empty())).hasValueSatisfying(
                why -> assertThat(why).contains("below max-model-len 4096 while chunked prefill is off"));
        assertThat(named("vllm").obstacle(chunked, 512, load, OptionalInt.of(1000))).hasValueSatisfying(
                why -> assertThat(why).contains("a mean request has 1100 tokens, and 1000 fit into the KV cache"));
        // The mean fits: the lengths' spread is cut so that the longest does too.
        Load cut = load.within(1320).orElseThrow();
        assertThat(cut.rangeRatio()).isEqualTo(0.2);
        assertThat(1100 * (1 + cut.rangeRatio())).isLessThanOrEqualTo(1320);
    }

    @Test
    void aCommandIsReadAsTyped() {
        ServerCommand command = ServerCommand.parse("--server-command",
                "CUDA_VISIBLE_DEVICES=0,1 vllm serve \"$HOME/my models/m\" --port=8123 --max-num-seqs 9 --extra 'a b' --max-num-batched-tokens=4");
        HttpServer vllm = (HttpServer) named("vllm");
        assertThat(vllm.port(command)).isEqualTo(8123);
        assertThat(vllm.modelOf(command).orElseThrow().text()).isEqualTo("\"$HOME/my models/m\"");
        assertThat(vllm.logging(vllm.on(command, 8123)).text()).isEqualTo("env CUDA_VISIBLE_DEVICES=0,1 vllm serve \"$HOME/my models/m\""
                + " --port=8123 --extra 'a b' --enable-logging-iteration-details");
        assertThat(vllm.on(command, 9).text()).doesNotContain("8123").endsWith("--port 9");
        for (String bad : List.of("", "a | b", "a && b", "a; b", "a > b", "a $(b)", "a `b`", "a 'b", "a\nb")) {
            assertThatThrownBy(() -> ServerCommand.parse("--server-command", bad)).as(bad).isInstanceOf(UserInputException.class);
        }
    }

    @Test
    void theBundledEngineIsRunAsRecorded() {
        SettingsDraft draft = new SettingsDraft();
        draft.say(Fact.ENGINE_NAME, "iterscope");
        draft.say(Fact.BACKEND, "emulated");
        draft.say(Fact.MODEL, "qwen3-8b");
        draft.say(Fact.KV_BLOCKS, 99);
        draft.say(Fact.ASYNC_SCHEDULING, false);
        ServerCommand command = named("iterscope").recordedCommand(draft.build());
        assertThat(command.text()).isEqualTo("iterscope run --backend emulated --kernel-profile \"$PROFILE\" --model qwen3-8b"
                + " --num-gpu-blocks-override 100 --no-async-scheduling");
        assertThat(command.unknowns()).containsOnlyKeys("PROFILE");
    }

    @Test
    void namesOfFilesAreWordsOfTheShell() {
        assertThat(Shell.file("-o")).isEqualTo("./-o");
        assertThat(Shell.file("it's a $(log)")).isEqualTo("'it'\\''s a $(log)'");
        assertThat(Shell.file("runs/a.log")).isEqualTo("runs/a.log");
    }
}
