package dev.iterscope.projection.importer.vllm;

import dev.iterscope.projection.importer.source.Cursor;
import dev.iterscope.projection.importer.source.RecordingBuilder;
import dev.iterscope.projection.recording.Interval;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// vLLM's line of averages, every 10 seconds by default. Values are found by their names, since order, separators and names changed
/// over the years (`Pending` became `Waiting`, the engine number and the prefix cache came later).
final class IntervalLines {

    private static final String GENERATION = "Avg generation throughput: ";
    /// A longer gap means that the server was idle: idle intervals are logged at debug level only.
    private static final long LONGEST_SPAN_NANOS = 61_000_000_000L;
    private static final int MOST_ENGINES = 4096;

    private final RecordingBuilder into;
    private final LinePrefix prefix;
    private final Cursor cursor = new Cursor();
    private final Map<Integer, Long> lastEnd = new HashMap<>();
    private @Nullable Interval pending;
    private long count;

    IntervalLines(RecordingBuilder into, LinePrefix prefix) {
        this.into = into;
        this.prefix = prefix;
    }

    /// Lines read.
    long count() {
        return count;
    }

    /// Takes a line of averages.
    boolean take(String line) {
        int at = line.indexOf(GENERATION);
        if (at < 0) {
            return takeHitRate(line);
        }
        OptionalDouble generation = value(line, GENERATION);
        if (generation.isEmpty()) {
            into.warnings().add("interval-line-damaged", "lines of averages that are cut or garbled were left out");
            return true;
        }
        OptionalLong end = prefix.timeBefore(line, at);
        int engine = engineOf(line);
        finish();
        pending = new Interval(
                engine,
                end,
                spanOf(engine, end),
                value(line, "Avg prompt throughput: "),
                generation,
                count(value(line, "Running: ")),
                count(either(value(line, "Waiting: "), value(line, "Pending: "))),
                share(value(line, "GPU KV cache usage: ")),
                share(value(line, ", Prefix cache hit rate: ")));
        count++;
        return true;
    }

    /// Hands over the last line.
    void finish() {
        if (pending != null) {
            into.add(pending);
            pending = null;
        }
    }

    /// `Prefix cache hit rate: GPU: 79.73%, CPU: 0.00%` was a line of its own before 2025.
    private boolean takeHitRate(String line) {
        if (!line.contains("Prefix cache hit rate: GPU: ")) {
            return false;
        }
        OptionalDouble rate = share(value(line, "Prefix cache hit rate: GPU: "));
        if (pending == null || rate.isEmpty()) {
            into.warnings().add("interval-line-damaged", "lines of averages that are cut or garbled were left out");
        } else {
            pending = new Interval(
                    pending.engine(),
                    pending.endNanos(),
                    pending.spanNanos(),
                    pending.promptThroughput(),
                    pending.generationThroughput(),
                    pending.running(),
                    pending.waiting(),
                    pending.kvUsage(),
                    rate);
        }
        return true;
    }

    private OptionalLong spanOf(int engine, OptionalLong end) {
        if (end.isEmpty() || (lastEnd.size() >= MOST_ENGINES && !lastEnd.containsKey(engine))) {
            return OptionalLong.empty();
        }
        Long before = lastEnd.put(engine, end.getAsLong());
        long span = before == null ? -1 : end.getAsLong() - before;
        return span > 0 && span <= LONGEST_SPAN_NANOS ? OptionalLong.of(span) : OptionalLong.empty();
    }

    private int engineOf(String line) {
        int at = line.indexOf("Engine ");
        return at >= 0 && cursor.on(line, at + 7).number() && cursor.integer() < MOST_ENGINES && cursor.peek() == ':'
                ? (int) cursor.integer()
                : 0;
    }

    private OptionalDouble value(String line, String name) {
        int at = line.indexOf(name);
        return at >= 0 && cursor.on(line, at + name.length()).fraction() ? OptionalDouble.of(cursor.decimal()) : OptionalDouble.empty();
    }

    private static OptionalDouble either(OptionalDouble first, OptionalDouble second) {
        return first.isPresent() ? first : second;
    }

    private static OptionalLong count(OptionalDouble value) {
        return value.isPresent() && value.getAsDouble() <= Integer.MAX_VALUE
                ? OptionalLong.of((long) value.getAsDouble())
                : OptionalLong.empty();
    }

    private static OptionalDouble share(OptionalDouble percent) {
        return percent.isPresent() && percent.getAsDouble() <= 100
                ? OptionalDouble.of(Math.round(percent.getAsDouble() * 1e6) / 1e8)
                : OptionalDouble.empty();
    }
}
