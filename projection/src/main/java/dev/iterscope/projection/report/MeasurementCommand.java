package dev.iterscope.projection.report;

import dev.iterscope.projection.model.MissingData;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.Settings;
import dev.iterscope.projection.search.NextMeasurement;
import dev.iterscope.projection.search.SweepPoint;
import dev.iterscope.projection.serving.BundledEngine;
import dev.iterscope.projection.serving.HttpServer;
import dev.iterscope.projection.serving.Load;
import dev.iterscope.projection.serving.ServerCommand;
import dev.iterscope.projection.serving.ServingEngine;
import dev.iterscope.projection.serving.ServingEngines;
import dev.iterscope.projection.serving.Shell;
import dev.iterscope.projection.serving.WorkloadWords;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/// The commands that take a measurement on the engine that was recorded and project from all recordings: a subshell to paste on the server's
/// machine, that starts the server as it was recorded but for the limits, waits until it answers, sends it the load, stops it, and keeps log and result.
///
/// @param script   the lines to paste; empty where nothing was recorded, the engine is not known, kernels are missing, or something stands in
///                 the way
/// @param obstacle why the engine would not run so, in a sentence
record MeasurementCommand(Optional<String> script, Optional<String> obstacle) {
    private static final MeasurementCommand NONE = new MeasurementCommand(Optional.empty(), Optional.empty());

    /// The commands for a point of a report.
    static MeasurementCommand of(SweepPoint point, ProjectionReport report) {
        Optional<ServingEngine> engine = report.recording().map(Recording::settings).flatMap(ServingEngines::of);
        if (point.next().isEmpty() || engine.isEmpty() || report.workload().isEmpty()
                || !(point.next().get().missing() instanceof MissingData.Steps)) {
            return NONE;
        }
        Settings settings = report.recording().orElseThrow().settings();
        Load wanted = report.workload().get().load();
        OptionalInt kvTokens = whole(point.kvCapacityTokens());
        Optional<String> obstacle = engine.get().obstacle(settings, point.maxNumBatchedTokens(), wanted, kvTokens);
        if (obstacle.isPresent()) {
            return new MeasurementCommand(Optional.empty(), obstacle);
        }
        OptionalInt most = ServingEngine.mostTokens(settings, kvTokens);
        Load load = most.isPresent() ? wanted.within(most.getAsInt()).orElse(wanted) : wanted;
        List<String> lines = switch (engine.get()) {
            case HttpServer server -> served(server, settings, point.next().get(), load, report);
            case BundledEngine bundled -> run(bundled, settings, point.next().get(), report);
        };
        return new MeasurementCommand(Optional.of(String.join("\n", lines)), Optional.empty());
    }

    private static OptionalInt whole(OptionalLong tokens) {
        return tokens.isPresent() ? OptionalInt.of((int) Math.min(tokens.getAsLong(), Integer.MAX_VALUE)) : OptionalInt.empty();
    }

    private static String name(NextMeasurement next) {
        return "mbnt-" + next.setting().maxNumBatchedTokens();
    }

    private static List<String> served(
            HttpServer server, Settings settings, NextMeasurement next, Load load, ProjectionReport report) {
        ServerCommand recorded = server.recordedCommand(settings);
        ServerCommand base = server.logging(server.on(recorded, server.port(recorded)));
        String url = server.url(base);
        String log = name(next) + ".log";
        String result = name(next) + ".json";
        List<String> lines = new ArrayList<>();
        lines.add("(");
        variables(lines, base);
        lines.add("  curl -sf " + url + "/health >/dev/null && { echo 'stop the server at " + url + " first' >&2; exit 1; }");
        server.preparation(base).forEach(line -> lines.add("  " + line));
        lines.add("  " + base.text() + limits(server, next) + " >" + log + " 2>&1 & SERVER=$!");
        lines.add("  trap 'kill $SERVER 2>/dev/null; wait $SERVER' EXIT; trap 'exit 130' INT TERM");
        lines.add("  until curl -sf " + url + "/health >/dev/null; do kill -0 $SERVER || { tail " + log + " >&2; exit 1; }; sleep 2; done");
        lines.add("  " + server.load(url, server.modelOf(base).orElseThrow(), base, load, result));
        lines.add(") && iterscope project " + files(report) + " " + log + " " + result + workload(report));
        return lines;
    }

    private static List<String> run(BundledEngine engine, Settings settings, NextMeasurement next, ProjectionReport report) {
        ServerCommand base = engine.recordedCommand(settings);
        String recording = name(next) + ".jfr";
        String given = WorkloadWords.of(report.provenance().workload());
        List<String> lines = new ArrayList<>();
        lines.add("(");
        variables(lines, base);
        lines.add("  " + engine.run(base, limits(engine, next).strip() + " "
                + (given.isEmpty() ? "--workload " + names(report).getFirst() : given), recording));
        lines.add(") && iterscope project " + files(report) + " " + recording + workload(report));
        return lines;
    }

    /// What the reader must set, since the recording does not say it: the shell says so before anything is started.
    private static void variables(List<String> lines, ServerCommand command) {
        command.unknowns().forEach((variable, what) -> lines.add("  : \"${" + variable + ":?set it to " + what + "}\""));
    }

    private static String limits(ServingEngine engine, NextMeasurement next) {
        return " " + engine.budgetOption() + " " + next.setting().maxNumBatchedTokens() + " " + engine.sequencesOption() + " "
                + next.setting().maxNumSeqs();
    }

    /// The recordings, as a shell reads their names.
    static List<String> names(ProjectionReport report) {
        List<Path> named = report.provenance().recordings();
        List<String> names = named.isEmpty()
                ? report.recording().map(Recording::files).orElse(List.of())
                : named.stream().map(Path::toString).toList();
        return names.stream().map(Shell::file).toList();
    }

    private static String files(ProjectionReport report) {
        return String.join(" ", names(report));
    }

    /// The workload's options as they were given, behind a blank.
    static String workload(ProjectionReport report) {
        String words = WorkloadWords.of(report.provenance().workload());
        return words.isEmpty() ? "" : " " + words;
    }
}
