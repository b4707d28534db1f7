package dev.iterscope.projection.serving;

import dev.iterscope.projection.recording.Settings;
import dev.iterscope.projection.serving.ServerCommand.Word;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// vLLM: `vllm serve`, loaded by `vllm bench serve`.
public record VllmServer() implements HttpServer {
    private static final String LOG = "--enable-logging-iteration-details";

    @Override
    public String name() {
        return "vllm";
    }

    @Override
    public String title() {
        return "vLLM";
    }

    @Override
    public String budgetOption() {
        return "--max-num-batched-tokens";
    }

    @Override
    public String sequencesOption() {
        return "--max-num-seqs";
    }

    @Override
    public String whereCapacityIs() {
        return " (vLLM prints it at start: '# GPU blocks' or 'GPU KV cache size')";
    }

    @Override
    public int defaultPort() {
        return 8000;
    }

    /// Without statistics there are no iteration lines either.
    @Override
    public ServerCommand logging(ServerCommand command) {
        return command.withoutSwitches(LOG, "--disable-log-stats").with(LOG);
    }

    @Override
    public Optional<Word> modelOf(ServerCommand command) {
        return command.option("--model").or(() -> command.after("serve"));
    }

    @Override
    public ServerCommand serving(Word model) {
        return ServerCommand.of(List.of("vllm", "serve")).with(model);
    }

    /// The printed arguments; where the log has none, what it says in other places.
    @Override
    public ServerCommand recordedCommand(Settings settings) {
        if (!settings.serverArguments().isEmpty()) {
            return ServerCommand.of(List.of("vllm", "serve")).with(settings.serverArguments().toArray(String[]::new));
        }
        ServerCommand command = serving(settings.model().map(Word::of).orElse(Word.model()));
        List<String> flags = new ArrayList<>();
        settings.tensorParallel().ifPresent(ranks -> flags.addAll(several("--tensor-parallel-size", ranks)));
        settings.pipelineParallel().ifPresent(ranks -> flags.addAll(several("--pipeline-parallel-size", ranks)));
        settings.dataParallel().ifPresent(ranks -> flags.addAll(several("--data-parallel-size", ranks)));
        settings.maxModelLen().ifPresent(tokens -> flags.addAll(List.of("--max-model-len", String.valueOf(tokens))));
        settings.kvType().ifPresent(type -> flags.addAll(List.of("--kv-cache-dtype", type)));
        settings.prefixCaching().filter(on -> !on).ifPresent(_ -> flags.add("--no-enable-prefix-caching"));
        settings.asyncScheduling().filter(on -> !on).ifPresent(_ -> flags.add("--no-async-scheduling"));
        return command.with(flags.toArray(String[]::new));
    }

    private static List<String> several(String option, int ranks) {
        return ranks > 1 ? List.of(option, String.valueOf(ranks)) : List.of();
    }

    @Override
    public String load(String url, Word model, ServerCommand server, Load load, String result) {
        return client(url, model, server) + " --dataset-name random --random-input-len " + load.inputTokens() + " --random-output-len "
                + load.outputTokens() + (load.isOfOneLength() ? "" : " --random-range-ratio " + Load.number(load.rangeRatio()))
                + times(load, load.requests()) + " --seed " + load.seed() + saved(result);
    }

    /// `burstgpt` is the dataset of `vllm bench serve` that takes lengths from a table and makes prompts of these lengths. It shuffles the
    /// rows; only those of model `GPT-4` count.
    @Override
    public Optional<String> loadOfLengths(String url, Word model, ServerCommand server, Load load, String table, String result) {
        return Optional.of(client(url, model, server) + " --dataset-name burstgpt --dataset-path " + table
                + times(load, load.lengths().size()) + " --seed " + load.seed() + saved(result));
    }

    @Override
    public List<String> table(Load load) {
        List<String> rows = new ArrayList<>(List.of("Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type"));
        for (Load.Lengths one : load.lengths()) {
            rows.add("0,GPT-4," + one.inputTokens() + "," + one.outputTokens() + "," + (one.inputTokens() + one.outputTokens())
                    + ",API log");
        }
        return rows;
    }

    private static String client(String url, Word model, ServerCommand server) {
        return "vllm bench serve --model " + model.text()
                + server.option("--served-model-name").map(name -> " --served-model-name " + name.text()).orElse("")
                + " --base-url " + url;
    }

    private static String times(Load load, int requests) {
        return " --num-prompts " + requests + " --request-rate " + load.rateText()
                + (load.burstiness().isPresent() ? " --burstiness " + Load.number(load.burstiness().getAsDouble()) : "")
                + (load.maxConcurrency().isPresent() ? " --max-concurrency " + load.maxConcurrency().getAsInt() : "")
                + " --ignore-eos";
    }

    private static String saved(String result) {
        return " --save-result --save-detailed --result-filename " + result;
    }
}
