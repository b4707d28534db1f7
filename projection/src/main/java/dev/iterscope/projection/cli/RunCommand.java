package dev.iterscope.projection.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.iterscope.engine.Engine;
import dev.iterscope.engine.EngineConfig;
import dev.iterscope.engine.MemorySummary;
import dev.iterscope.engine.ModelTokenizer;
import dev.iterscope.engine.ObservationOptions;
import dev.iterscope.engine.RunResult;
import dev.iterscope.engine.model.ModelReference;
import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.engine.step.StepObserver;
import dev.iterscope.engine.step.StepObservers;
import dev.iterscope.projection.metrics.GoodputLimits;
import dev.iterscope.projection.metrics.MetricsCollector;
import dev.iterscope.projection.metrics.ResultBlock;
import dev.iterscope.projection.metrics.ServingMetrics;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.Settings;
import dev.iterscope.projection.report.JsonDocument;
import dev.iterscope.projection.search.Slo;
import dev.iterscope.projection.workload.Workload;
import dev.iterscope.projection.workload.WorkloadOptions;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `iterscope run`: serves a workload with the bundled engine and prints what `vllm bench serve` would.
@Command(name = "run", mixinStandardHelpOptions = true, sortOptions = false, description = {
    "Serves a workload with the bundled engine; --record writes what happened to a .jfr file."})
final class RunCommand implements Callable<Integer> {
    private static final Pattern WINDOW = Pattern.compile("([0-9]{1,18})-([0-9]{1,18})");

    private final Console console;

    @Option(names = "--backend", paramLabel = "NAME", defaultValue = "cpu",
            description = "cpu, cuda or emulated (default: ${DEFAULT-VALUE}).")
    private String backend = "cpu";

    @Written
    @Option(names = "--record", paramLabel = "FILE.jfr", description = "Record the run, with the JDK's own profile events.")
    private @Nullable Path record;

    @Topic.Of(Topic.OBSERVATION)
    @Option(names = {"--log-iterations", "--enable-logging-iteration-details"}, arity = "0..1", fallbackValue = "plain",
            paramLabel = "FORM", description = "Print each step to standard error as vLLM does: plain, kv or frontend.")
    private @Nullable String logIterations;

    @Topic.Of(Topic.OBSERVATION)
    @Option(names = "--log-stats", arity = "0..1", fallbackValue = "10", paramLabel = "SECONDS",
            description = "Print vLLM's line of averages to standard error every SECONDS (10).")
    private @Nullable Double logStats;

    @Topic.Of(Topic.OBSERVATION)
    @Option(names = "--metrics-port", paramLabel = "PORT",
            description = "Serve Prometheus metrics at http://127.0.0.1:PORT/metrics while running; 0 for any free port.")
    private @Nullable Integer metricsPort;

    @Topic.Of(Topic.OBSERVATION)
    @Option(names = "--kernel-events", paramLabel = "N", defaultValue = "0",
            description = "Record the kernels of every N-th step; 0 for none (default: ${DEFAULT-VALUE}).")
    private int kernelEvery;

    @Topic.Of(Topic.OBSERVATION)
    @Option(names = "--profile-iterations", paramLabel = "A-B", description = "Open a capture window for nsys around steps A to B.")
    private @Nullable String profileIterations;

    @Topic.Of(Topic.OBSERVATION)
    @Option(names = "--nvtx", negatable = true, defaultValue = "true", fallbackValue = "true",
            description = "Show ranges to an attached NVTX tool (default).")
    private boolean nvtx = true;

    @Topic.Of(Topic.OBSERVATION)
    @Option(names = "--enable-layerwise-nvtx-tracing", description = "Show a range for each layer too (cpu backend).")
    private boolean layers;

    @Topic.Of(Topic.OBSERVATION)
    @Option(names = "--prefix-hashes", negatable = true, defaultValue = "true", fallbackValue = "true",
            description = "Record hashes of the prompts' blocks where prefixes are shared, so that a replay shares them too (default).")
    private boolean prefixHashes = true;

    @Option(names = "--max-num-batched-tokens", paramLabel = "N", description = "Token budget of a step (512).")
    private @Nullable Integer budget;

    @Option(names = "--max-num-seqs", paramLabel = "N", description = "Most running requests (64).")
    private @Nullable Integer sequences;

    @Option(names = "--slo", paramLabel = "BOUNDS", description = "What a good request keeps, for the goodput row: p99_ttft_ms<=2000,...")
    private @Nullable String slo;

    @Mixin
    private LimitsMixin limits = new LimitsMixin();

    @Mixin
    private ModelOption model = new ModelOption();

    @Mixin
    private EngineMixin engine = new EngineMixin();

    @Mixin
    private final KernelMixin kernels;

    @Mixin
    private ModelMixin times = new ModelMixin();

    @Mixin
    private WorkloadMixin workload = new WorkloadMixin();

    @Mixin
    private GenerationMixin generation = new GenerationMixin();

    @Mixin
    private OutputOptions output = new OutputOptions();

    RunCommand(Console console) {
        this.console = console;
        kernels = new KernelMixin(console);
    }

    @Override
    public Integer call() {
        output.requireOneOf("run", Set.of(OutputOptions.Format.TEXT, OutputOptions.Format.JSON, OutputOptions.Format.CSV));
        if (record != null) {
            OutputOptions.requireWritable(record, "--record");
        }
        if (generation.hasPrompts() && output.format() == OutputOptions.Format.CSV) {
            throw UserInputException.usage("--prompt has no --format csv; it writes text or json");
        }
        EngineConfig config = config();
        GoodputLimits goodput = slo == null ? GoodputLimits.NONE : Slo.parse(slo).goodputLimits();
        Optional<ModelTokenizer> tokenizer = generation.tokenizer(config, console);
        try {
            return serve(config, goodput, tokenizer);
        } finally {
            tokenizer.ifPresent(ModelTokenizer::close);
        }
    }

    private int serve(EngineConfig config, GoodputLimits goodput, Optional<ModelTokenizer> tokenizer) {
        Workload requests = generation.workload(workload, config, tokenizer);
        if (requests.hasEncoderInputs()) {
            throw UserInputException.input(requests.source(), "", "has encoder inputs, and no backend has an encoder",
                    "simulate them: sweep --encoder-token-micros");
        }
        MetricsCollector metrics = new MetricsCollector(requests.requests().size());
        TimeScale scale = new TimeScale(config.timeScale());
        Completions completions = new Completions();
        RunResult result;
        try (LiveViews _ = LiveViews.open(console, views(), config.model().name());
                Engine running = open(config)) {
            StepObserver observer = tokenizer.isEmpty() ? metrics : new StepObservers(metrics, completions);
            result = running.run(scale.stretch(requests).requests(), requests.maxConcurrency(), observer);
        }
        String window = profileIterations;
        if (window != null && window().orElseThrow().first() > result.iterations()) {
            console.note(
                    "note: the run had " + result.iterations() + " iterations, so --profile-iterations " + window + " captured nothing");
        }
        requireServed(requests, result);
        result.rejections().stream()
                .limit(5)
                .forEach(rejection -> console.note("rejected " + rejection.id() + ": " + rejection.reason()));
        if (!requests.assumption().isEmpty()) {
            console.note("note: " + requests.assumption());
        }
        ServingMetrics served = metrics.metrics(scale.stretch(goodput));
        if (config.backend().equals("emulated")) {
            console.note("note: step times are predicted; what this shows about scheduling is real, about kernels it is no evidence");
        }
        if (scale.factor() != 1) {
            console.note("note: times are emulated ones, " + scale.factor() + " per predicted second; arrivals are stretched alike");
        }
        output.write(console, out -> print(out, served, requests, completions, tokenizer));
        return ExitCode.DONE;
    }

    /// A result of nothing would read like one of a very slow engine.
    private static void requireServed(Workload requests, RunResult result) {
        int wanted = requests.requests().size();
        if (wanted > 0 && result.rejections().size() == wanted) {
            throw UserInputException.input(requests.source(), "", "no request could be served (" + wanted + " rejected, the first: "
                    + result.rejections().getFirst().reason() + ")", "raise the limit or shorten the requests");
        }
    }

    private LiveViews.Wanted views() {
        return new LiveViews.Wanted(Optional.ofNullable(logIterations), WorkloadMixin.optional(logStats),
                WorkloadMixin.optional(metricsPort));
    }

    /// Says how the memory is divided, and how far loading has come: a large checkpoint takes a while.
    private Engine open(EngineConfig config) {
        if (!config.backend().equals("emulated") || config.stepTimes().isPresent()) {
            console.note(MemorySummary.of(config));
        }
        try (ProgressMeter meter = new ProgressMeter(console)) {
            return Engine.open(config, (done, total) -> meter.report("loading weights", done, total));
        }
    }

    private EngineConfig config() {
        kernels.requireNoRanks();
        Optional<Recording> from = times.recording(backend, kernels);
        EngineConfig config = EngineMixin.limited(
                times.applied(from.map(this::asRecorded).orElseGet(this::byDefault), from, kernels, model),
                WorkloadMixin.optional(budget),
                WorkloadMixin.optional(sequences),
                limits, console);
        if (kernelEvery < 0) {
            throw UserInputException.usage("--kernel-events must be at least 0: " + kernelEvery);
        }
        return config.withObservation(new ObservationOptions(
                Optional.ofNullable(record), nvtx, layers, window(), kernelEvery, prefixHashes));
    }

    private EngineConfig byDefault() {
        return engine.config(backend, model.resolve(Optional.empty()), kernels);
    }

    /// What was recorded in place of the defaults.
    private EngineConfig asRecorded(Recording recording) {
        Settings recorded = recording.settings();
        Optional<ModelReference> known = model.given().or(() -> RecordedModel.of(recorded));
        if (known.isEmpty() && recorded.model().isPresent()) {
            console.note("note: the dimensions of the recorded model " + recorded.model().get()
                    + " are not known, so memory is that of tiny; give --model");
        }
        EngineConfig base = known.map(reference -> engine.config(backend, reference, kernels)).orElseGet(this::byDefault);
        return RecordedLimits.apply(base, recorded, limits.blockSize(), engine.memoryGiven());
    }

    private Optional<ObservationOptions.IterationWindow> window() {
        String text = profileIterations;
        if (text == null) {
            return Optional.empty();
        }
        Matcher matcher = WINDOW.matcher(text);
        if (!matcher.matches()) {
            throw UserInputException.usage("--profile-iterations must be like 100-120: " + text);
        }
        long first = Long.parseLong(matcher.group(1));
        long last = Long.parseLong(matcher.group(2));
        if (first < 1 || last < first) {
            throw UserInputException.usage("--profile-iterations must name a range from 1 on: " + text);
        }
        return Optional.of(new ObservationOptions.IterationWindow(first, last));
    }

    private void print(
            PrintWriter out, ServingMetrics served, Workload requests, Completions completions, Optional<ModelTokenizer> tokenizer) {
        switch (output.format()) {
            case TEXT -> {
                WorkloadOptions options = workload.options();
                tokenizer.ifPresent(known -> completions.print(out, requests.requests(), known));
                OptionalDouble rate = options.requestRate().isPresent() && Double.isFinite(options.requestRate().getAsDouble())
                        ? options.requestRate()
                        : OptionalDouble.empty();
                ResultBlock.print(out, served, requests.maxConcurrency(), rate);
            }
            case JSON -> {
                ObjectNode root = json(served);
                tokenizer.ifPresent(known -> completions.json(root, requests.requests(), known));
                JsonDocument.print(root, out);
            }
            case CSV -> csv(out, served);
            case HTML -> throw new IllegalStateException("refused before");
        }
    }

    private static ObjectNode json(ServingMetrics served) {
        ObjectNode root = JsonDocument.create();
        served.values().forEach((key, value) -> {
            if (ServingMetrics.isCount(key)) {
                root.put(key, value.longValue());
            } else {
                root.put(key, value);
            }
        });
        return root;
    }

    private static void csv(PrintWriter out, ServingMetrics served) {
        out.println("key,value");
        served.values().forEach(
                (key, value) -> out.println(key + "," + (ServingMetrics.isCount(key) ? String.valueOf(value.longValue()) : value)));
    }
}
