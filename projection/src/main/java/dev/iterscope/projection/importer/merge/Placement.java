package dev.iterscope.projection.importer.merge;

import dev.iterscope.projection.importer.source.Warnings;
import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.Settings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.IntStream;

/// Tells which sources are of one run, and gives engines that recorded at the same time different numbers.
///
/// Sources whose times overlap are of one run unless their limits differ; a log that goes on where another ends is, too. Two servers that
/// were started by themselves both call themselves rank 0; a profiler's capture and a log of one engine hold the same steps, of which
/// those of the source named first count.
public final class Placement {

    /// Logs print whole seconds.
    private static final long RESOLUTION_NANOS = 1_000_000_000L;
    private static final long LONGEST_PAUSE_NANOS = 60_000_000_000L;

    private final List<Part> parts;
    private final Warnings warnings = new Warnings();
    private final CommonClock clock;
    private final Map<Integer, List<Span>> spans = new TreeMap<>();
    private final List<Placed> placed = new ArrayList<>();

    /// The time in which an engine of a source has steps.
    private record Span(int run, long first, long last, List<Iteration> steps) {

        private boolean overlaps(Span other) {
            return Math.min(last, other.last) - Math.max(first, other.first) > RESOLUTION_NANOS;
        }

        /// Whether both may be of the same time: a log cuts off parts of a second, so that one of a short run may end before it began.
        private boolean isNear(Span other) {
            return Math.max(first, other.first) - Math.min(last, other.last) <= RESOLUTION_NANOS;
        }

        private boolean goesOnFrom(Span other) {
            OptionalLong before = other.steps.isEmpty() ? OptionalLong.empty() : other.steps.getLast().number();
            return before.isPresent() && !steps.isEmpty() && steps.getFirst().number().equals(OptionalLong.of(before.getAsLong() + 1));
        }
    }

    /// Places sources.
    public Placement(List<Part> parts) {
        this.parts = parts;
        this.clock = new CommonClock(parts, warnings);
        int[] runs = runs();
        for (int i = 0; i < parts.size(); i++) {
            placed.add(numbered(i, runs[i]));
        }
    }

    /// The sources in the order in which they were named.
    List<Placed> placed() {
        return List.copyOf(placed);
    }

    /// What a reader should know about how they were put together.
    Warnings warnings() {
        return warnings;
    }

    private Placed numbered(int i, int run) {
        Part part = parts.get(i);
        Map<Integer, Integer> engines = new HashMap<>();
        Map<Integer, Map<Long, Long>> known = new HashMap<>();
        List<Integer> order = List.copyOf(part.records().iterations().keySet());
        List<Span> own = new ArrayList<>();
        for (int engine : order) {
            List<Iteration> steps = part.steps(engine);
            Span span = new Span(run, add(Part.firstTime(steps), clock.shift(i)), add(Part.lastEnd(steps), clock.shift(i)), steps);
            own.add(span);
            Optional<Integer> same = sameAs(span, engine, known);
            if (same.isPresent()) {
                engines.put(engine, same.get());
                continue;
            }
            int number = engine;
            while (spans.getOrDefault(number, List.of()).stream().anyMatch(span::overlaps) || engines.containsValue(number)) {
                number++;
            }
            if (number != engine) {
                warnings.add("rank-renumbered", "engine " + engine + " of " + part.file() + " ran beside another engine " + engine
                        + " and is now engine " + number + "; more may follow");
            }
            engines.put(engine, number);
        }
        for (int k = 0; k < order.size(); k++) {
            if (!known.containsKey(order.get(k))) {
                spans.computeIfAbsent(engines.getOrDefault(order.get(k), 0), _ -> new ArrayList<>()).add(own.get(k));
            }
        }
        if (!known.isEmpty()) {
            warnings.add("steps-recorded-twice", "sources hold steps that a source named before them holds, too; those of the first count");
        }
        return new Placed(part, clock.shift(i), run, Map.copyOf(engines), Map.copyOf(known));
    }

    /// The engine of a source before that has the same steps.
    private Optional<Integer> sameAs(Span span, int engine, Map<Integer, Map<Long, Long>> known) {
        for (Map.Entry<Integer, List<Span>> entry : spans.entrySet()) {
            for (Span other : entry.getValue()) {
                OptionalInt offset = span.run() == other.run() && span.isNear(other) && !span.goesOnFrom(other) && !other.goesOnFrom(span)
                        ? SameSteps.offset(span.steps(), other.steps())
                        : OptionalInt.empty();
                if (offset.isPresent()) {
                    known.put(engine, numbers(span.steps(), other.steps(), offset.getAsInt()));
                    return Optional.of(entry.getKey());
                }
            }
        }
        return Optional.empty();
    }

    private static Map<Long, Long> numbers(List<Iteration> steps, List<Iteration> others, int offset) {
        Map<Long, Long> numbers = new HashMap<>();
        for (int i = Math.max(0, -offset); i < steps.size() && i + offset < others.size(); i++) {
            OptionalLong own = steps.get(i).number();
            OptionalLong other = others.get(i + offset).number();
            if (own.isPresent() && other.isPresent()) {
                numbers.put(own.getAsLong(), other.getAsLong());
            }
        }
        return Map.copyOf(numbers);
    }

    /// A number for each source, the same for those of one run.
    private int[] runs() {
        int[] runs = IntStream.range(0, parts.size()).toArray();
        for (int i = 0; i < runs.length; i++) {
            for (int j = 0; j < i; j++) {
                if (runs[i] != runs[j] && isSameRun(j, i)) {
                    int from = Math.max(runs[i], runs[j]);
                    int to = Math.min(runs[i], runs[j]);
                    runs = IntStream.of(runs).map(run -> run == from ? to : run).toArray();
                }
            }
        }
        int[] grouped = runs;
        long withSteps = IntStream.range(0, parts.size()).filter(this::hasSteps).map(i -> grouped[i]).distinct().count();
        if (withSteps == 1) {
            // What has no steps of its own belongs to the only run that has.
            int only = IntStream.range(0, parts.size()).filter(this::hasSteps).map(i -> grouped[i]).findFirst().orElse(0);
            return IntStream.range(0, parts.size()).map(i -> hasSteps(i) ? grouped[i] : only).toArray();
        }
        return grouped;
    }

    private boolean hasSteps(int part) {
        return !parts.get(part).records().iterations().isEmpty();
    }

    private boolean isSameRun(int i, int j) {
        if (!clock.isCommon(i) || !clock.isCommon(j) || differ(parts.get(i), parts.get(j))) {
            return false;
        }
        long first = start(i);
        long second = start(j);
        long apart = Math.max(first, second) - Math.min(end(i), end(j));
        return apart <= 0 || (apart <= RESOLUTION_NANOS && hasSameSteps(i, j)) || (first <= second ? goesOn(i, j) : goesOn(j, i));
    }

    private boolean hasSameSteps(int i, int j) {
        return parts.get(i).records().iterations().values().stream().anyMatch(own -> parts.get(j).records().iterations().values().stream()
                .anyMatch(other -> SameSteps.offset(own, other).isPresent()));
    }

    /// Whether both state limits, and other ones.
    static boolean differ(Part a, Part b) {
        Settings one = a.records().settings().build();
        Settings other = b.records().settings().build();
        return differ(one.maxNumBatchedTokens(), other.maxNumBatchedTokens()) || differ(one.maxNumSeqs(), other.maxNumSeqs());
    }

    private static boolean differ(OptionalInt a, OptionalInt b) {
        return a.isPresent() && b.isPresent() && a.getAsInt() != b.getAsInt();
    }

    /// Whether the later source's steps go on counting soon after the earlier one's last.
    private boolean goesOn(int earlier, int later) {
        if (start(later) - end(earlier) > LONGEST_PAUSE_NANOS) {
            return false;
        }
        return parts.get(earlier).records().iterations().entrySet().stream().anyMatch(entry -> {
            List<Iteration> next = parts.get(later).steps(entry.getKey());
            OptionalLong last = entry.getValue().getLast().number();
            return !next.isEmpty() && last.isPresent() && next.getFirst().number().equals(OptionalLong.of(last.getAsLong() + 1));
        });
    }

    private long start(int part) {
        return parts.get(part).firstNanos().orElse(0) + clock.shift(part);
    }

    private long end(int part) {
        return parts.get(part).lastNanos().orElse(0) + clock.shift(part);
    }

    /// A sum that keeps the ends of time where they are.
    private static long add(long time, long shift) {
        return time == Long.MIN_VALUE || time == Long.MAX_VALUE ? time : time + shift;
    }
}
