package dev.iterscope.projection.serving;

import dev.iterscope.projection.serving.ServerCommand.Word;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// Writes an experiment as a POSIX shell script. It needs `curl` and the engine's own commands, and `iterscope` for the projection.
///
/// The script's text is in the resources beside this class; `@NAME@` stands for what differs from experiment to experiment.
public final class ExperimentScript {
    private static final int WARM_UP_REQUESTS = 8;

    private final Experiment experiment;
    private final Map<String, String> parts = new HashMap<>();

    private ExperimentScript(Experiment experiment) {
        this.experiment = experiment;
    }

    /// The script.
    public static String of(Experiment experiment) {
        return new ExperimentScript(experiment).write();
    }

    private String write() {
        ServingEngine engine = experiment.engine();
        parts.put("TITLE", engine.title());
        parts.put("FOLDER", Shell.file(experiment.folder()));
        parts.put("BUDGET", engine.budgetOption());
        parts.put("SEQUENCES", engine.sequencesOption());
        parts.put("PLAN", experiment.plan().stream()
                .map(run -> "measure " + run.limits().maxNumBatchedTokens() + " " + run.limits().maxNumSeqs() + " " + run.round())
                .collect(Collectors.joining("\n")));
        parts.put("NAMES", experiment.plan().reversed().stream().map(Experiment.Run::name).collect(Collectors.joining(" ")));
        parts.put("FROM", experiment.from().stream().map(file -> " " + file).collect(Collectors.joining()));
        parts.put("WORKLOAD", experiment.workload().isEmpty() ? "" : " " + experiment.workload());
        String middle = switch (engine) {
            case HttpServer server -> served(server);
            case BundledEngine bundled -> run(bundled);
        };
        return filled("experiment-head.sh") + middle + filled("experiment-tail.sh");
    }

    private String served(HttpServer server) {
        ServerCommand command = server.logging(experiment.command());
        String url = server.url(command);
        Word model = experiment.model().or(() -> server.modelOf(command)).orElseThrow();
        Load load = experiment.load();
        Load warm = load.warmUp(WARM_UP_REQUESTS);
        Optional<String> exact = experiment.lengths()
                ? server.loadOfLengths(url, model, command, load, "\"$FOLDER/lengths.csv\"", "\"$1\"")
                : Optional.empty();
        List<String> before = new ArrayList<>(server.preparation(command));
        if (exact.isPresent()) {
            before.add("cat >\"$FOLDER/lengths.csv\" <<'END'\n" + String.join("\n", server.table(load)) + "\nEND");
        }
        parts.put("URL", url);
        parts.put("TABLE", before.stream().map(line -> line + "\n").collect(Collectors.joining()));
        parts.put("COMMAND", command.text());
        parts.put("WARM", server.load(url, model, command, warm, "\"$1\""));
        parts.put("LOAD", exact.orElseGet(() -> server.load(url, model, command, load, "\"$1\"")));
        variables(command);
        return filled("experiment-server.sh");
    }

    private String run(BundledEngine engine) {
        ServerCommand command = engine.bare(experiment.command()).startingWith("iterscope", "\"$ITERSCOPE\"");
        parts.put("COMMAND", command.text() + (experiment.workload().isEmpty()
                ? experiment.from().isEmpty() ? "" : " --workload " + experiment.from().getFirst()
                : " " + experiment.workload()));
        variables(command);
        return filled("experiment-run.sh");
    }

    private void variables(ServerCommand command) {
        parts.put("VARIABLES", command.unknowns().entrySet().stream()
                .map(unknown -> ": \"${" + unknown.getKey() + ":?set it to " + unknown.getValue() + "}\"\n")
                .collect(Collectors.joining()));
    }

    private String filled(String resource) {
        StringBuilder text = new StringBuilder();
        String template = read(resource);
        int from = 0;
        for (int at = template.indexOf('@'); at >= 0; at = template.indexOf('@', from)) {
            int end = template.indexOf('@', at + 1);
            String part = end < 0 ? null : parts.get(template.substring(at + 1, end));
            text.append(template, from, at).append(part == null ? "@" : part);
            from = part == null ? at + 1 : end + 1;
        }
        return text.append(template.substring(from)).toString();
    }

    private static String read(String resource) {
        try (InputStream stream = ExperimentScript.class.getResourceAsStream(resource)) {
            if (stream == null) {
                throw new IllegalStateException("the resource " + resource + " is missing");
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
