package dev.iterscope.projection.serving;

import dev.iterscope.projection.recording.Settings;
import dev.iterscope.projection.serving.ServerCommand.Word;
import java.util.List;
import java.util.Optional;

/// TensorRT-LLM: `trtllm-serve`, loaded by its `benchmark_serving`. What makes it log its steps is no flag but a line of its options file.
public record TensorRtLlmServer() implements HttpServer {
    private static final String FILE_OPTION = "--extra_llm_api_options";
    private static final String FILE = "iterscope-trtllm.yaml";

    @Override
    public String name() {
        return "tensorrt-llm";
    }

    @Override
    public String title() {
        return "TensorRT-LLM";
    }

    @Override
    public String budgetOption() {
        return "--max_num_tokens";
    }

    @Override
    public String sequencesOption() {
        return "--max_batch_size";
    }

    @Override
    public int defaultPort() {
        return 8000;
    }

    @Override
    public ServerCommand logging(ServerCommand command) {
        return optionsFile(command).isPresent() ? command : command.with(FILE_OPTION, FILE);
    }

    private static Optional<Word> optionsFile(ServerCommand command) {
        return command.option(FILE_OPTION, "--config");
    }

    @Override
    public List<String> preparation(ServerCommand command) {
        return List.of(optionsFile(command)
                .map(file -> "grep -q '^print_iter_log: *true' " + file.text()
                        + " || { echo 'add the line print_iter_log: true to the options file of trtllm-serve' >&2; exit 1; }")
                .orElse("echo 'print_iter_log: true' >" + FILE));
    }

    @Override
    public Optional<Word> modelOf(ServerCommand command) {
        return command.after("trtllm-serve").filter(word -> !word.value().equals("serve")).or(() -> command.after("serve"));
    }

    @Override
    public ServerCommand serving(Word model) {
        return ServerCommand.of(List.of("trtllm-serve")).with(model);
    }

    /// Its log prints no arguments.
    @Override
    public ServerCommand recordedCommand(Settings settings) {
        ServerCommand command = serving(settings.model().map(Word::of).orElse(Word.model()));
        return settings.tensorParallel().orElse(1) > 1
                ? command.with("--tp_size", String.valueOf(settings.tensorParallel().getAsInt()))
                : command;
    }

    @Override
    public String load(String url, Word model, ServerCommand server, Load load, String result) {
        return "python3 -m tensorrt_llm.serve.scripts.benchmark_serving --backend openai --model " + model.text() + " --base-url " + url
                + " --dataset-name random --random-ids --random-input-len " + load.inputTokens() + " --random-output-len "
                + load.outputTokens() + " --random-range-ratio " + Load.number(load.rangeRatio())
                + " --num-prompts " + load.requests() + " --request-rate " + load.rateText()
                + (load.burstiness().isPresent() ? " --burstiness " + Load.number(load.burstiness().getAsDouble()) : "")
                + (load.maxConcurrency().isPresent() ? " --max-concurrency " + load.maxConcurrency().getAsInt() : "")
                + " --ignore-eos --seed " + load.seed() + " --save-result --save-detailed --result-filename " + result;
    }
}
