package dev.iterscope.projection.model;

import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.IterationDetail;
import dev.iterscope.projection.recording.ModelFacts;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.Settings;
import dev.iterscope.projection.recording.Timing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;

/// Recordings for tests: real log lines, and steps made from a known cost.
final class Recordings {
    private static final Pattern LINE = Pattern.compile("EngineCore(?:_DP(\\d+))? .*? (\\d\\d):(\\d\\d):(\\d\\d) .*Iteration\\((\\d+)\\): "
            + "(\\d+) context requests, (\\d+) context tokens, (\\d+) generation requests, (\\d+) generation tokens, "
            + "iteration elapsed time: ([0-9.]+) ms");

    private Recordings() {}

    /// A file of the shared data, or an aborted test where that folder is absent.
    static Path shared(String name) {
        for (Path root : List.of(Path.of("../../shared/data"), Path.of("../shared/data"))) {
            Path file = root.resolve(name);
            if (Files.exists(file)) {
                return file;
            }
        }
        return Assumptions.abort("no shared data: " + name);
    }

    static Recording vllmLog(Path file) throws IOException {
        List<Iteration> steps = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            Matcher m = LINE.matcher(line);
            if (m.find()) {
                long seconds = Long.parseLong(m.group(2)) * 3600 + Long.parseLong(m.group(3)) * 60 + Long.parseLong(m.group(4));
                steps.add(step(
                        m.group(1) == null ? 0 : Integer.parseInt(m.group(1)),
                        Long.parseLong(m.group(5)),
                        OptionalLong.of(seconds * 1_000_000_000L),
                        Math.round(Double.parseDouble(m.group(10)) * 1e6),
                        new int[] {Integer.parseInt(m.group(6)), Integer.parseInt(m.group(7)), Integer.parseInt(m.group(8)),
                            Integer.parseInt(m.group(9))},
                        Optional.empty()));
            }
        }
        steps.sort(Comparator.comparingInt(Iteration::engine));
        return of(steps, Timing.Basis.STEP);
    }

    static Recording of(List<Iteration> steps, Timing.Basis basis) {
        return of(steps, basis, Optional.empty());
    }

    /// Steps of a model whose architecture is recorded, each with its own time.
    static Recording of(List<Iteration> steps, Optional<ModelFacts> model) {
        return of(steps, Timing.Basis.STEP, model);
    }

    private static Recording of(List<Iteration> steps, Timing.Basis basis, Optional<ModelFacts> model) {
        return new Recording("test", List.of("test"), settings(model), List.of(), steps, List.of(), List.of(), List.of(), List.of(),
                List.of(),
                new Timing(basis, 1), List.of());
    }

    /// @param counts context requests and tokens, generation requests and tokens
    static Iteration step(int engine, long number, OptionalLong end, long elapsed, int[] counts, Optional<IterationDetail> detail,
            Iteration.Mark... marks) {
        return new Iteration(engine, OptionalLong.of(number), OptionalLong.empty(), end, OptionalLong.of(elapsed), counts[0], counts[1],
                counts[2], counts[3], Optional.empty(), OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty(), detail,
                Set.of(marks));
    }

    static IterationDetail detail(double pairs, long kvTokens, OptionalLong scheduleNanos, OptionalLong updateNanos) {
        OptionalLong none = OptionalLong.empty();
        return new IterationDetail(none, none, none, OptionalDouble.of(pairs), OptionalDouble.empty(), OptionalLong.of(kvTokens),
                OptionalDouble.empty(), none, none, none, none, none, none, none, none, none, none, none, Optional.empty(), none,
                scheduleNanos, none, none, updateNanos, none);
    }

    private static Settings settings(Optional<ModelFacts> model) {
        return new Settings(Optional.of("vllm"), Optional.empty(), OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty(),
                OptionalInt.empty(), OptionalLong.empty(), OptionalLong.empty(), Optional.empty(), Optional.empty(), Optional.empty(),
                Optional.empty(), Optional.empty(), OptionalDouble.empty(), OptionalInt.empty(), Optional.empty(), OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalInt.empty(), Optional.empty(), List.of(), Optional.empty(), model, Optional.empty(), List.of());
    }
}
