package dev.iterscope.projection.cli;

import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.answer.ConditionOptions;
import dev.iterscope.projection.answer.Projector;
import dev.iterscope.projection.answer.Sources;
import dev.iterscope.projection.progress.Progress;
import dev.iterscope.projection.recording.Settings;
import dev.iterscope.projection.report.ProjectionReport;
import dev.iterscope.projection.search.Setting;
import dev.iterscope.projection.search.SweepPoint;
import dev.iterscope.projection.serving.BundledEngine;
import dev.iterscope.projection.serving.Experiment;
import dev.iterscope.projection.serving.Experiment.Limits;
import dev.iterscope.projection.serving.ExperimentScript;
import dev.iterscope.projection.serving.HttpServer;
import dev.iterscope.projection.serving.Load;
import dev.iterscope.projection.serving.ServerCommand;
import dev.iterscope.projection.serving.ServerCommand.Word;
import dev.iterscope.projection.serving.ServingEngine;
import dev.iterscope.projection.serving.ServingEngines;
import dev.iterscope.projection.serving.Shell;
import dev.iterscope.projection.serving.WorkloadWords;
import dev.iterscope.projection.workload.Workload;
import dev.iterscope.projection.workload.WorkloadOptions;
import dev.iterscope.projection.workload.Workloads;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `iterscope experiment`: a shell script that measures settings on the user's own server.
@Command(name = "experiment", mixinStandardHelpOptions = true, sortOptions = false, description = {
    "Writes a shell script that starts, loads, stops and records each setting on your own server, and projects.",
    "Nothing is run: read the script, then run it where the server runs."})
final class ExperimentCommand implements Callable<Integer> {
    private static final int DEFAULT_MAX_NUM_SEQS = 128;
    private static final String GIVE_WORKLOAD = "give --workload, or --num-prompts with --random-input-len and --random-output-len";

    private final Console console;

    @Option(names = "--engine", paramLabel = "NAME", description = "vllm, sglang, tensorrt-llm or iterscope (recorded).")
    private @Nullable String engineName;

    @Option(names = "--model", paramLabel = "MODEL", description = "The model to serve, where no command and no recording names it.")
    private @Nullable String model;

    @Option(names = "--server-command", paramLabel = "COMMAND",
            description = "The command that starts the server, without its limits: 'vllm serve MODEL --tensor-parallel-size 2'.")
    private @Nullable String serverCommand;

    @Option(names = "--from", paramLabel = "RECORDING",
            description = "Take engine and flags from this recording, and the budgets that project cannot predict from it. Repeatable.")
    private List<Path> from = List.of();

    @Option(names = "--max-num-batched-tokens", paramLabel = "LIST", split = ",", description = "Token budgets to measure.")
    private List<Integer> budgets = List.of();

    @Option(names = "--max-num-seqs", paramLabel = "LIST", split = ",", description = "Sequence limits to measure (recorded, else 128).")
    private List<Integer> sequences = List.of();

    @Option(names = "--runs", paramLabel = "N", defaultValue = "3", description = "Runs of each setting (default: ${DEFAULT-VALUE}).")
    private int runs = 3;

    @Option(names = "--port", paramLabel = "PORT", description = "Port of the server (that of its command, else the engine's default).")
    private @Nullable Integer port;

    @Option(names = "--folder", paramLabel = "FOLDER", defaultValue = "iterscope-experiment",
            description = "Where the script keeps logs and results (default: ${DEFAULT-VALUE}).")
    private String folder = "iterscope-experiment";

    @Mixin
    private TogetherOption together = new TogetherOption();

    @Mixin
    private WorkloadMixin workload = new WorkloadMixin();

    @Written
    @Topic.Of(Topic.OUTPUT)
    @Option(names = {"-o", "--output"}, paramLabel = "FILE", description = "Write the script to FILE instead of standard output.")
    private @Nullable Path output;

    ExperimentCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (runs < 1 || runs > 1000 || (port != null && (port < 1 || port > 65535))) {
            throw UserInputException.usage("--runs must be from 1 to 1000 and --port from 1 to 65535");
        }
        Path target = output;
        if (target != null) {
            OutputOptions.requireWritable(target, "-o");
        }
        String script = ExperimentScript.of(experiment());
        if (target == null) {
            console.out().print(script);
            console.out().flush();
        } else {
            OutputFile.writeText(target, writer -> writer.write(script));
            console.note("wrote " + target + "; read it, then run it where the server runs: sh " + Shell.file(target.toString()));
        }
        return ExitCode.DONE;
    }

    private Experiment experiment() {
        WorkloadOptions asked = workload.options();
        Optional<ProjectionReport> report = from.isEmpty() ? Optional.empty() : Optional.of(project(asked));
        Settings settings = report.flatMap(ProjectionReport::recording).map(found -> found.settings()).orElse(Settings.UNKNOWN);
        ServingEngine engine = engine(settings);
        ServerCommand command = command(engine, settings);
        Load load = load(engine, report, asked);
        List<Limits> limits = possible(engine, settings, load, report, report.isPresent() && budgets.isEmpty()
                ? open(report.get(), settings)
                : given(settings));
        OptionalInt most = ServingEngine.mostTokens(settings, smallestKv(report, limits));
        Load fitting = most.isPresent() ? load.within(most.getAsInt()).orElse(load) : load;
        if (fitting.longest() < load.longest()) {
            console.note("note: requests above " + most.orElse(0) + " tokens are left out; the server cannot hold them");
        }
        boolean exact = !fitting.lengths().isEmpty();
        if (exact && engine instanceof HttpServer server && server.table(fitting).isEmpty()) {
            console.note("note: the load generator of " + engine.title() + " takes no list of lengths; it gets their mean and spread");
        }
        if (engine instanceof HttpServer && asked.file().isPresent() && fitting.requestRate().isPresent()) {
            console.note("note: requests arrive at random at the workload's mean rate; load generators do not replay recorded times");
        }
        return new Experiment(engine, command, Optional.ofNullable(model).map(Word::of), limits, runs, fitting, exact,
                WorkloadWords.of(asked),
                from.stream().map(file -> Shell.file(file.toString())).toList(), folder);
    }

    private ProjectionReport project(WorkloadOptions asked) {
        Sources sources = RecordingArguments.read(from, together);
        return new Projector(sources, ConditionOptions.NONE.withDraws(0), asked, Progress.NONE, () -> false).project();
    }

    private ServingEngine engine(Settings settings) {
        String name = engineName != null ? engineName : settings.engineName().orElse(null);
        if (name == null) {
            throw UserInputException.usage(from.isEmpty()
                    ? "experiment needs --engine (" + names() + "), or --from a recording"
                    : named() + " does not name its engine; give --engine (" + names() + ")");
        }
        return ServingEngines.named(name)
                .orElseThrow(() -> UserInputException.usage("--engine " + name + " is not known; use one of " + names()));
    }

    private String named() {
        return from.stream().map(Path::toString).collect(Collectors.joining(", "));
    }

    private static String names() {
        return ServingEngines.ALL.stream().map(ServingEngine::name).collect(Collectors.joining(", "));
    }

    private ServerCommand command(ServingEngine engine, Settings settings) {
        ServerCommand command;
        if (serverCommand != null) {
            command = ServerCommand.parse("--server-command", serverCommand);
        } else if (settings.engineName().equals(Optional.of(engine.name()))) {
            command = engine.recordedCommand(settings);
        } else if (model != null) {
            command = switch (engine) {
                case HttpServer server -> server.serving(Word.of(model));
                case BundledEngine bundled -> bundled.running(model);
            };
        } else {
            throw UserInputException.usage("experiment needs --server-command, --model, or --from a recording of " + engine.title());
        }
        if (!(engine instanceof HttpServer server)) {
            return command;
        }
        if (model == null && server.modelOf(command).isEmpty()) {
            throw UserInputException.usage("--server-command does not name the model; give --model too");
        }
        return server.on(command, port == null ? server.port(command) : port);
    }

    private Load load(ServingEngine engine, Optional<ProjectionReport> report, WorkloadOptions asked) {
        Optional<Load> recorded = report.flatMap(ProjectionReport::workload).map(facts -> facts.load());
        if (recorded.isPresent()) {
            return recorded.get();
        }
        if (asked.file().isEmpty() && !asked.asksForSynthetic() && asked.numPrompts().isEmpty() && engine instanceof HttpServer) {
            throw UserInputException
                    .usage((report.isPresent() ? named() + " does not show what was served; " : "experiment needs a workload; ")
                            + GIVE_WORKLOAD);
        }
        Workload made = Workloads.make(asked, OptionalInt.empty());
        return Load.of(made, asked.synthetic());
    }

    /// The budgets that the recording does not determine; where there is none, the answer and what it is compared with.
    private List<Limits> open(ProjectionReport report, Settings settings) {
        Set<Setting> wanted = new LinkedHashSet<>();
        report.sweep().stream().filter(point -> point.next().isPresent()).map(SweepPoint::setting).forEach(wanted::add);
        if (wanted.isEmpty()) {
            report.present().ifPresent(wanted::add);
            report.recommendation().setting().ifPresent(wanted::add);
        }
        if (wanted.isEmpty()) {
            throw UserInputException.usage("project finds no budget to measure (" + String.join("; ", report.recommendation().reasons())
                    + "); give --max-num-batched-tokens");
        }
        if (!sequences.isEmpty()) {
            return crossed(wanted.stream().map(Setting::maxNumBatchedTokens).distinct().toList(), settings);
        }
        return wanted.stream().map(setting -> new Limits(setting.maxNumBatchedTokens(), setting.maxNumSeqs())).toList();
    }

    private List<Limits> given(Settings settings) {
        if (budgets.isEmpty()) {
            throw UserInputException.usage("experiment needs --max-num-batched-tokens, or --from a recording that leaves some open");
        }
        return crossed(budgets, settings);
    }

    private List<Limits> crossed(List<Integer> wanted, Settings settings) {
        List<Integer> limits = sequences.isEmpty() ? List.of(settings.maxNumSeqs().orElse(DEFAULT_MAX_NUM_SEQS)) : sequences;
        Set<Limits> crossed = new LinkedHashSet<>();
        for (int budget : wanted) {
            for (int limit : limits) {
                if (budget < 1 || limit < 1) {
                    throw UserInputException
                            .usage("--max-num-batched-tokens and --max-num-seqs must be at least 1: " + budget + ", " + limit);
                }
                if (limit > budget) {
                    console.note("note: max-num-seqs lowered from " + limit + " to max-num-batched-tokens " + budget);
                }
                crossed.add(new Limits(budget, Math.min(budget, limit)));
            }
        }
        return List.copyOf(crossed);
    }

    /// Leaves out, and says so, with what the engine would not start.
    private List<Limits> possible(
            ServingEngine engine, Settings settings, Load load, Optional<ProjectionReport> report, List<Limits> wanted) {
        List<Limits> possible = new ArrayList<>();
        for (Limits limits : wanted) {
            Optional<String> obstacle = engine.obstacle(settings, limits.maxNumBatchedTokens(), load, kvTokens(report, limits));
            obstacle.ifPresent(why -> console.note("note: " + limits.maxNumBatchedTokens() + " is left out: " + why));
            if (obstacle.isEmpty()) {
                possible.add(limits);
            }
        }
        if (possible.isEmpty()) {
            throw UserInputException.usage("no setting is left to measure; give other --max-num-batched-tokens or a shorter workload");
        }
        return possible;
    }

    /// What the KV cache holds at a budget: as predicted for it, else as recorded.
    private static OptionalInt kvTokens(Optional<ProjectionReport> report, Limits limits) {
        OptionalLong predicted = report.stream()
                .flatMap(found -> found.sweep().stream())
                .filter(point -> point.maxNumBatchedTokens() == limits.maxNumBatchedTokens())
                .map(SweepPoint::kvCapacityTokens)
                .findFirst()
                .orElse(OptionalLong.empty());
        OptionalLong recorded = report.flatMap(ProjectionReport::recording)
                .map(found -> found.settings().kvCapacityTokens())
                .orElse(OptionalLong.empty());
        OptionalLong known = predicted.isPresent() ? predicted : recorded;
        return known.isPresent() ? OptionalInt.of((int) Math.min(known.getAsLong(), Integer.MAX_VALUE)) : OptionalInt.empty();
    }

    private static OptionalInt smallestKv(Optional<ProjectionReport> report, List<Limits> settings) {
        return settings.stream().flatMapToInt(limits -> kvTokens(report, limits).stream()).min();
    }
}
