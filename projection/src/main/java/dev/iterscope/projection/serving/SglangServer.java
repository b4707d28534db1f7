package dev.iterscope.projection.serving;

import dev.iterscope.projection.recording.Settings;
import dev.iterscope.projection.serving.ServerCommand.Word;
import java.util.List;
import java.util.Optional;

/// SGLang: `sglang.launch_server`, loaded by `sglang.bench_serving`. Its budget for prompts is `--chunked-prefill-size`.
public record SglangServer() implements HttpServer {
    private static final String INTERVAL = "--decode-log-interval";

    @Override
    public String name() {
        return "sglang";
    }

    @Override
    public String title() {
        return "SGLang";
    }

    @Override
    public String budgetOption() {
        return "--chunked-prefill-size";
    }

    @Override
    public String sequencesOption() {
        return "--max-running-requests";
    }

    @Override
    public String whereCapacityIs() {
        return " and --block-size (SGLang prints at start: max_total_num_tokens, which is blocks x page_size)";
    }

    @Override
    public int defaultPort() {
        return 30000;
    }

    @Override
    public ServerCommand logging(ServerCommand command) {
        return command.without(INTERVAL).with(INTERVAL, "1");
    }

    @Override
    public Optional<Word> modelOf(ServerCommand command) {
        return command.option("--model-path", "--model");
    }

    @Override
    public ServerCommand serving(Word model) {
        return ServerCommand.of(List.of("python3", "-m", "sglang.launch_server", "--model-path")).with(model);
    }

    @Override
    public ServerCommand recordedCommand(Settings settings) {
        return settings.serverArguments().isEmpty()
                ? serving(settings.model().map(Word::of).orElse(Word.model()))
                : ServerCommand.of(List.of("python3", "-m", "sglang.launch_server"))
                        .with(settings.serverArguments().toArray(String[]::new));
    }

    /// Its lengths are uniform between a share of the given length and that length, where others give the mean.
    @Override
    public String load(String url, Word model, ServerCommand server, Load load, String result) {
        double ratio = load.rangeRatio();
        return "python3 -m sglang.bench_serving --backend sglang --base-url " + url + " --model " + model.text()
                + " --dataset-name random-ids --random-input-len " + longest(load.inputTokens(), ratio) + " --random-output-len "
                + longest(load.outputTokens(), ratio) + " --random-range-ratio " + Load.number((1 - ratio) / (1 + ratio))
                + " --num-prompts " + load.requests() + " --request-rate " + load.rateText()
                + (load.maxConcurrency().isPresent() ? " --max-concurrency " + load.maxConcurrency().getAsInt() : "")
                + " --seed " + load.seed() + " --output-details --output-file " + result;
    }

    private static long longest(int mean, double ratio) {
        return Math.round(mean * (1 + ratio));
    }
}
