package dev.iterscope.projection.cli;

import dev.iterscope.engine.EngineConfig;
import dev.iterscope.engine.ModelFolder;
import dev.iterscope.engine.ModelTokenizer;
import dev.iterscope.engine.model.GenerationConfig;
import dev.iterscope.engine.request.Prompt;
import dev.iterscope.engine.request.Request;
import dev.iterscope.engine.request.SamplingParams;
import dev.iterscope.engine.request.StopRules;
import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.workload.Trace;
import dev.iterscope.projection.workload.TraceEntry;
import dev.iterscope.projection.workload.Workload;
import dev.iterscope.projection.workload.WorkloadOptions;
import dev.iterscope.projection.workload.Workloads;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// What `run` generates from and how: texts to continue, and how tokens are chosen. What is not given comes from the checkpoint's
/// `generation_config.json`, as vLLM has it; without one, tokens are chosen greedily.
@Topic.Of(Topic.GENERATION)
final class GenerationMixin {
    @Option(names = "--prompt", paramLabel = "TEXT",
            description = "Serve this text as it stands and print what follows it; may be given several times. Needs a checkpoint's folder with a tokenizer.json.")
    private List<String> prompts = new ArrayList<>();

    @Option(names = "--temperature", paramLabel = "T",
            description = "Divisor of the logits; 0 chooses the likeliest token (the checkpoint's, else 0).")
    private @Nullable Float temperature;

    @Option(names = "--top-k", paramLabel = "K", description = "Likeliest tokens to choose from; 0 for all (the checkpoint's, else 0).")
    private @Nullable Integer topK;

    @Option(names = "--top-p", paramLabel = "P",
            description = "Probability that the tokens to choose from hold, above 0 and at most 1 (the checkpoint's, else 1).")
    private @Nullable Float topP;

    /// True when texts are to be continued.
    boolean hasPrompts() {
        return !prompts.isEmpty();
    }

    /// The tokenizer of the texts; empty where none are given. What is doubtful about the model's folder is noted.
    ///
    /// @throws UserInputException when the folder's tokenizer speaks another vocabulary, or texts were given without one
    Optional<ModelTokenizer> tokenizer(EngineConfig config, Console console) {
        config.weights().ifPresent(folder -> ModelFolder.check(folder, config.model(), eosTokenIds(config))
                .forEach(doubt -> console.note("note: " + doubt)));
        if (prompts.isEmpty()) {
            return Optional.empty();
        }
        if (config.weights().isEmpty()) {
            throw UserInputException.usage("--prompt needs a checkpoint: --model with a folder that holds weights and tokenizer.json");
        }
        return Optional.of(ModelTokenizer.open(config.weights().get(), config.model()));
    }

    /// The requests to serve, with stop tokens and sampling.
    ///
    /// @throws UserInputException for options that contradict each other
    Workload workload(WorkloadMixin mixin, EngineConfig config, Optional<ModelTokenizer> tokenizer) {
        SamplingParams sampling = sampling(config);
        WorkloadOptions options = mixin.options(prompts.isEmpty());
        if (tokenizer.isPresent() && options.file().isPresent()) {
            throw UserInputException.usage("--prompt and --workload exclude each other");
        }
        List<Integer> eos = eosTokenIds(config);
        OptionalInt first = eos.stream().mapToInt(Integer::intValue).findFirst();
        Workload base = tokenizer.isPresent()
                ? Workloads.apply(texts(tokenizer.get(), options), options, first)
                : Workloads.make(options, first);
        List<Integer> more = options.ignoreEos() || eos.size() < 2 ? List.of() : eos.subList(1, eos.size());
        List<Request> requests = new ArrayList<>(base.requests().size());
        for (Request request : base.requests()) {
            requests.add(with(request, more, seeded(sampling, options.seed(), requests.size())));
        }
        return new Workload(base.source(), requests, base.maxConcurrency(), base.assumption());
    }

    private Trace texts(ModelTokenizer tokenizer, WorkloadOptions options) {
        int outputs = options.randomOutputLen().orElse(WorkloadOptions.DEFAULT_OUTPUT_LEN);
        List<TraceEntry> entries = new ArrayList<>();
        for (String prompt : prompts) {
            int[] ids = tokenizer.encode(prompt);
            if (ids.length == 0) {
                throw UserInputException.usage("--prompt must hold at least one token: '" + prompt + "'");
            }
            entries.add(new TraceEntry(
                    "prompt-" + entries.size(), OptionalDouble.empty(), ids.length, outputs, Optional.of(new Prompt.Tokens(ids)), 0));
        }
        return new Trace(
                entries.size() + " texts", entries, OptionalDouble.empty(), OptionalDouble.empty(), Optional.empty(), "");
    }

    private static Request with(Request request, List<Integer> stopTokenIds, SamplingParams sampling) {
        StopRules stop = request.stopRules();
        return new Request(
                request.id(),
                request.prompt(),
                stopTokenIds.isEmpty() ? stop : new StopRules(stop.maxTokens(), stop.minTokens(), stop.eosTokenId(), stopTokenIds),
                sampling,
                request.priority(),
                request.arrivalNanos(),
                request.cacheKey(),
                request.encoderInputs());
    }

    /// Every request has a random stream of its own, which depends on nothing but the seed and its place in the workload.
    private static SamplingParams seeded(SamplingParams sampling, long seed, int index) {
        return sampling.isGreedy()
                ? sampling
                : new SamplingParams(sampling.temperature(), sampling.topK(), sampling.topP(), seed * 0x9E3779B97F4A7C15L + index);
    }

    private static List<Integer> eosTokenIds(EngineConfig config) {
        return defaults(config)
                .map(GenerationConfig::eosTokenIds)
                .filter(ids -> !ids.isEmpty())
                .orElse(config.model().eosTokenIds());
    }

    private static Optional<GenerationConfig> defaults(EngineConfig config) {
        return config.weights().flatMap(folder -> GenerationConfig.read(folder, config.model()));
    }

    private SamplingParams sampling(EngineConfig config) {
        SamplingParams base =
                defaults(config).map(GenerationConfig::sampling).orElse(SamplingParams.GREEDY);
        float t = temperature == null ? base.temperature() : temperature;
        if (!(t >= 0 && t < Float.POSITIVE_INFINITY)) {
            throw UserInputException.usage("--temperature must be at least 0: " + t);
        }
        if (topK != null && topK < 0) {
            throw UserInputException.usage("--top-k must be at least 0: " + topK);
        }
        if (topP != null && !(topP > 0 && topP <= 1)) {
            throw UserInputException.usage("--top-p must be above 0 and at most 1: " + topP);
        }
        if (t == 0) {
            if (topK != null || topP != null) {
                throw UserInputException.usage("--top-k and --top-p choose among tokens; give a --temperature above 0 too");
            }
            return SamplingParams.GREEDY;
        }
        return new SamplingParams(t, topK == null ? base.topK() : topK, topP == null ? base.topP() : topP, 0);
    }
}
