package dev.iterscope.projection.importer.merge;

import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.device.DevicePeaks;
import dev.iterscope.projection.importer.source.RecordingBuilder;
import dev.iterscope.projection.recording.DeviceFacts;
import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.ModelFacts;
import dev.iterscope.projection.recording.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Whether sources can be recordings of one service, each once. A source named twice would weigh twice in a fit, and steps of another model,
/// device or engine have other costs.
///
/// Limits may differ: several budgets of one service are what is wanted. What a source does not say cannot differ.
public final class OneService {
    private static final String ONCE = "name it once, or give --together if it is meant twice";
    private static final String ONE = "name recordings of one service, or give --together if they are";
    /// Clocks of a source and of a recording imported from it agree within this.
    private static final long SAME_NANOS = 1_000_000;

    private OneService() {}

    /// A source as it was named.
    ///
    /// @param path    what the user named
    /// @param part    what it holds
    public record Named(Path path, Part part) {}

    /// Checks names alone, before anything is read.
    ///
    /// @throws UserInputException with exit code 3 where two lead to the same file or to files of the same bytes
    public static void requireDifferentFiles(List<Path> files) {
        for (int i = 0; i < files.size(); i++) {
            for (int j = 0; j < i; j++) {
                if (isSameFile(files.get(j), files.get(i))) {
                    throw twice(files.get(j), files.get(i));
                }
            }
        }
    }

    /// Checks what was read.
    ///
    /// @throws UserInputException with exit code 3 where two sources hold the same steps, or are of different services
    public static void require(List<Named> sources) {
        for (int i = 0; i < sources.size(); i++) {
            for (int j = 0; j < i; j++) {
                Named one = sources.get(j);
                Named other = sources.get(i);
                if (holdTheSame(one.part(), other.part())) {
                    throw twice(one.path(), other.path());
                }
                difference(one.part(), other.part()).ifPresent(what -> {
                    throw UserInputException.input(other.path().toString(), "", what + " in " + one.path(), ONE);
                });
            }
        }
    }

    private static UserInputException twice(Path one, Path other) {
        return UserInputException.input(other.toString(), "", one.equals(other) ? "is named twice" : "holds the same as " + one, ONCE);
    }

    private static boolean isSameFile(Path one, Path other) {
        try {
            return Files.isRegularFile(one) && Files.isRegularFile(other)
                    && (Files.isSameFile(one, other) || (Files.size(one) == Files.size(other) && Files.mismatch(one, other) < 0));
        } catch (IOException unreadable) {
            return false; // the reading says what is wrong with it
        }
    }

    private static boolean holdTheSame(Part one, Part other) {
        RecordingBuilder a = one.records();
        RecordingBuilder b = other.records();
        if (!kind(one).equals(kind(other)) || !a.iterations().keySet().equals(b.iterations().keySet())
                || Placement.differ(one, other)) {
            return false;
        }
        if (a.iterations().isEmpty()) {
            // Requests alone prove nothing: results of equal runs without times are equal.
            return !(a.intervals().isEmpty() && a.kernels().isEmpty()) && a.intervals().equals(b.intervals())
                    && a.kernels().equals(b.kernels()) && a.requests().equals(b.requests());
        }
        return a.iterations().entrySet().stream().allMatch(engine -> areSame(engine.getValue(), other.steps(engine.getKey())));
    }

    /// A recording made by `import` is of the kind that it was made from.
    private static String kind(Part part) {
        return part.records().originalKind().orElse(part.kind());
    }

    private static boolean areSame(List<Iteration> one, List<Iteration> other) {
        if (one.size() != other.size()) {
            return false;
        }
        Iterator<Iteration> steps = other.iterator();
        for (Iteration step : one) {
            if (!isSame(step, steps.next())) {
                return false;
            }
        }
        return true;
    }

    /// Runs that repeat each other have the same batches; their times differ.
    private static boolean isSame(Iteration one, Iteration other) {
        return one.number().equals(other.number())
                && one.contextRequests() == other.contextRequests() && one.contextTokens() == other.contextTokens()
                && one.generationRequests() == other.generationRequests() && one.generationTokens() == other.generationTokens()
                && isNear(one.endNanos(), other.endNanos()) && isNear(one.elapsedNanos(), other.elapsedNanos());
    }

    private static boolean isNear(OptionalLong one, OptionalLong other) {
        return one.isEmpty() || other.isEmpty() || Math.abs(one.getAsLong() - other.getAsLong()) <= SAME_NANOS;
    }

    /// What differs between sources that have steps or kernels; a client's result names its model as it likes.
    private static Optional<String> difference(Part one, Part other) {
        if (!isOfServer(one) || !isOfServer(other)) {
            return Optional.empty();
        }
        Settings a = one.records().settings().build();
        Settings b = other.records().settings().build();
        return engines(a, b)
                .or(() -> models(a, b))
                .or(() -> ranks(a, b))
                .or(() -> devices(one.records().devices(), other.records().devices()));
    }

    private static boolean isOfServer(Part part) {
        return !part.records().iterations().isEmpty() || !part.records().kernels().isEmpty();
    }

    /// Our own engine logs in vLLM's words.
    private static Optional<String> engines(Settings a, Settings b) {
        Function<String, String> family = name -> name.equals("iterscope") ? "vllm" : name;
        return differ(a.engineName(), b.engineName(), family).map(names -> "is of " + names);
    }

    private static Optional<String> models(Settings a, Settings b) {
        if (a.modelFacts().isPresent() && b.modelFacts().isPresent()) {
            return dimensions(a.modelFacts().get()).equals(dimensions(b.modelFacts().get()))
                    ? Optional.empty()
                    : Optional.of("is of model " + b.modelFacts().get().name() + ", not of " + a.modelFacts().get().name() + " as");
        }
        return differ(a.model(), b.model(), OneService::plain).map(names -> "is of model " + names);
    }

    private static List<Integer> dimensions(ModelFacts model) {
        return List.of(model.layers(), model.hiddenSize(), model.heads(), model.kvHeads(), model.headDim(), model.intermediateSize(),
                model.vocabSize());
    }

    private static Optional<String> ranks(Settings a, Settings b) {
        return differ(words(a.tensorParallel()), words(b.tensorParallel()), Function.identity())
                .map(names -> "has a tensor-parallel size of " + names);
    }

    private static Optional<String> words(OptionalInt number) {
        return number.isPresent() ? Optional.of(Integer.toString(number.getAsInt())) : Optional.empty();
    }

    private static Optional<String> differ(Optional<String> a, Optional<String> b, Function<String, String> same) {
        return a.isEmpty() || b.isEmpty() || same.apply(a.get()).equals(same.apply(b.get()))
                ? Optional.empty()
                : Optional.of(b.get() + ", not of " + a.get() + " as");
    }

    private static Optional<String> devices(Iterable<DeviceFacts> one, Iterable<DeviceFacts> other) {
        Map<String, Set<String>> a = byKind(one);
        Map<String, Set<String>> b = byKind(other);
        if (a.isEmpty() || b.isEmpty()) {
            return Optional.empty();
        }
        List<String> shared = a.keySet().stream().filter(b::containsKey).toList();
        boolean differ = shared.stream().anyMatch(kind -> Collections.disjoint(a.get(kind), b.get(kind)));
        return differ || shared.isEmpty()
                ? Optional.of("is of device " + names(other) + ", not of " + names(one) + " as")
                : Optional.empty();
    }

    private static Map<String, Set<String>> byKind(Iterable<DeviceFacts> devices) {
        List<DeviceFacts> all = new ArrayList<>();
        devices.forEach(all::add);
        return all.stream().collect(Collectors.groupingBy(DeviceFacts::kind, Collectors.mapping(
                device -> DevicePeaks.find(device.name()).map(DevicePeaks::name).orElse(plain(device.name())), Collectors.toSet())));
    }

    private static String names(Iterable<DeviceFacts> devices) {
        Set<String> names = new TreeSet<>();
        devices.forEach(device -> names.add(device.name()));
        return String.join(", ", names);
    }

    private static String plain(String name) {
        return name.substring(name.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
    }
}
