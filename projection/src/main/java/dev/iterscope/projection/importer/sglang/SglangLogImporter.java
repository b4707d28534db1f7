package dev.iterscope.projection.importer.sglang;

import dev.iterscope.projection.importer.source.Cursor;
import dev.iterscope.projection.importer.source.Fact;
import dev.iterscope.projection.importer.source.Importer;
import dev.iterscope.projection.importer.source.IterationDraft;
import dev.iterscope.projection.importer.source.LogClock;
import dev.iterscope.projection.importer.source.LogLines;
import dev.iterscope.projection.importer.source.RecordingBuilder;
import dev.iterscope.projection.importer.source.RecordingBuilder.ClockOrigin;
import dev.iterscope.projection.importer.source.Shares;
import dev.iterscope.projection.importer.source.Source;
import dev.iterscope.projection.recording.Interval;
import dev.iterscope.projection.recording.Timing;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.IntConsumer;

/// SGLang's log. A prefill line is a step; a decode line stands for the 40 or so decode steps since the one before, whose time it gives
/// together ([DecodeWindow]). Values are found by their names.
public final class SglangLogImporter implements Importer {

    private static final int MOST_RANKS = 4096;
    /// So many lines are kept until the number of batches that a decode line stands for is known.
    private static final int MOST_HELD = 2000;
    /// With fewer decode lines there is no time of any batch.
    private static final long FEWEST_DECODE_LINES = 2;
    /// A decode line stands for many batches: more than these would not fit into the memory that a log should need.
    private static final long MOST_STEPS = 4_000_000;

    private final Cursor cursor = new Cursor();
    private final LogClock clock = new LogClock();
    private final Map<Integer, DecodeWindow> windows = new TreeMap<>();
    private final DecodeInterval seen = new DecodeInterval();
    private final List<IntConsumer> held = new ArrayList<>();
    private OptionalInt interval = OptionalInt.empty();
    private long chunk = Long.MAX_VALUE;
    private boolean mixed;
    private long decodeLines;
    private double most = 1;
    private long steps;

    /// An importer of one log.
    public SglangLogImporter() {}

    @Override
    public String kind() {
        return "sglang-log";
    }

    @Override
    public boolean recognises(Source source) {
        String head = source.headText();
        boolean batches = head.contains("#running-req: ") && (head.contains("Decode batch") || head.contains("Prefill batch"));
        return source.looksLikeText() && (batches || head.contains("server_args=ServerArgs("));
    }

    @Override
    public void read(Source source, RecordingBuilder into) throws IOException {
        LogLines.forEach(source, into.warnings(), line -> take(line, into));
        release(into);
        windows.values().forEach(window -> window.end(into));
        into.settings().say(Fact.ENGINE_NAME, "sglang");
        into.clock(clock.yearKnown() ? ClockOrigin.LOCAL : ClockOrigin.OWN);
        if (decodeLines >= FEWEST_DECODE_LINES) {
            into.timing(new Timing(Timing.Basis.TIMESTAMPS, 1));
            into.warnings().add("times-per-decode-line", interval.orElse(DecodeInterval.DEFAULT) > 1
                    ? "decode lines, each of which gives the time of all batches since the line before;"
                            + " start the server with --decode-log-interval 1 for the time of each batch"
                    : "decode lines, each of which gives the time of its batch and of the prefill batches since the line before",
                    decodeLines);
        }
        if (decodeLines >= FEWEST_DECODE_LINES && !mixed) {
            into.warnings().add("separate-batches",
                    "SGLang runs prompts and generation in separate batches unless --enable-mixed-chunk is on;"
                            + " predictions schedule them together, as vLLM does");
        }
        if (most > 1) {
            into.warnings().add("speculative-decoding", "speculative decoding was on: a request got up to " + most
                    + " tokens of a batch; predictions give it one");
        }
    }

    /// Does something once the number of batches of a decode line is known.
    private void whenKnown(IntConsumer work, RecordingBuilder into) {
        if (interval.isPresent()) {
            work.accept(interval.getAsInt());
            return;
        }
        held.add(work);
        if (seen.seen().isPresent() || held.size() >= MOST_HELD) {
            release(into);
        }
    }

    private void release(RecordingBuilder into) {
        if (interval.isEmpty() && !held.isEmpty()) {
            int batches = seen.seen().orElse(DecodeInterval.DEFAULT);
            interval = OptionalInt.of(batches);
            into.warnings().add("decode-log-interval", seen.seen().isPresent()
                    ? "the log lacks the server's arguments: a decode line stands for " + batches + " batches, as #token grew"
                    : "the log lacks the server's arguments: a decode line is taken for " + batches
                            + " batches, SGLang's default of --decode-log-interval; times are wrong by as much as it is");
        }
        interval.ifPresent(batches -> held.forEach(work -> work.accept(batches)));
        held.clear();
    }

    private void take(String line, RecordingBuilder into) {
        if (isLaterStage(line)) {
            into.warnings().add("ignored-pipeline-stages", "lines of pipeline stages behind the first, which show the same batches again");
        } else if (line.contains("Prefill batch") && line.contains("#new-token: ")) {
            takePrefill(line, into);
        } else if (line.contains("Decode batch") && line.contains("gen throughput")) {
            takeDecode(line, into);
        } else if (line.contains("KV Cache is allocated. #tokens: ")) {
            whole(line, "#tokens: ").ifPresent(tokens -> into.settings().say(Fact.KV_CAPACITY_TOKENS, tokens));
        } else if (line.contains("Decode batch") || line.contains("Prefill batch")) {
            into.warnings().add("batch-line-damaged", "batch lines that are cut or garbled were left out");
        } else if (line.contains("#retracted_reqs: ")) {
            whole(line, "#retracted_reqs: ").ifPresent(requests -> {
                int rank = rank(line);
                whenKnown(batches -> window(rank).retracted(requests), into);
            });
        } else if (line.contains("max_total_num_tokens=") || line.contains("server_args=ServerArgs(")) {
            takeSettings(line, into);
        } else if (line.contains(" HTTP/1.")) {
            into.warnings().add("ignored-access-lines", "lines of the HTTP access log, which hold no measurement");
        } else {
            into.warnings().add("ignored-lines", "other lines that hold no measurement");
        }
    }

    /// The limits that the server prints at its start: all arguments, and what the scheduler made of them.
    private void takeSettings(String line, RecordingBuilder into) {
        ServerArguments.take(line, into.settings());
        whole(line, "max_total_num_tokens=").ifPresent(tokens -> into.settings().say(Fact.KV_CAPACITY_TOKENS, tokens));
        say(line, "chunked_prefill_size=", Fact.MAX_NUM_BATCHED_TOKENS, into);
        say(line, "max_running_requests=", Fact.MAX_NUM_SEQS, into);
        say(line, "page_size=", Fact.BLOCK_SIZE, into);
        say(line, "tp_size=", Fact.TENSOR_PARALLEL, into);
        say(line, "dp_size=", Fact.DATA_PARALLEL, into);
        whole(line, "chunked_prefill_size=").ifPresent(tokens -> chunk = tokens);
        mixed |= line.contains("enable_mixed_chunk=True");
        if (line.contains("server_args=ServerArgs(")) {
            OptionalLong stated = whole(line, "decode_log_interval=");
            if (stated.isPresent()) {
                interval = OptionalInt.of(DecodeInterval.within(stated.getAsLong()));
                release(into);
            }
        }
    }

    private void say(String line, String name, Fact fact, RecordingBuilder into) {
        whole(line, name).ifPresent(value -> {
            if (value > 0) {
                into.settings().say(fact, value);
            }
        });
    }

    private void takeDecode(String line, RecordingBuilder into) {
        int rank = rank(line);
        OptionalLong time = time(line);
        OptionalDouble throughput = value(line, "gen throughput (token/s): ");
        OptionalLong running = whole(line, "#running-req: ");
        OptionalLong waiting = whole(line, "#queue-req: ");
        OptionalDouble usage = usage(line);
        into.add(new Interval(rank, time, OptionalLong.empty(), OptionalDouble.empty(), throughput, running, waiting, usage,
                OptionalDouble.empty()));
        OptionalLong tokens = value(line, "#token: ").isPresent() ? whole(line, "#token: ") : whole(line, "#full token: ");
        if (running.isPresent() && tokens.isPresent() && throughput.isPresent()) {
            double accept = Math.max(1, value(line, "accept len: ").orElse(1));
            most = Math.max(most, accept);
            DecodeWindow.Line shown = new DecodeWindow.Line(
                    running.getAsLong(), waiting, tokens.getAsLong(), throughput.getAsDouble(), usage.orElse(Double.NaN), accept);
            seen.decode(rank, shown);
            whenKnown(batches -> close(rank, shown, batches, time, into), into);
        }
    }

    private void close(int rank, DecodeWindow.Line line, int batches, OptionalLong time, RecordingBuilder into) {
        if (steps >= MOST_STEPS) {
            into.warnings().add("decode-lines-beyond", "decode lines behind the first " + MOST_STEPS
                    + " batches, of which only the averages were kept");
            return;
        }
        decodeLines++;
        steps += batches;
        window(rank).close(line, batches, time, into);
    }

    private DecodeWindow window(int rank) {
        return windows.computeIfAbsent(rank, DecodeWindow::new);
    }

    private void takePrefill(String line, RecordingBuilder into) {
        long sequences = whole(line, "#new-seq: ").orElse(-1);
        long tokens = whole(line, "#new-token: ").orElse(-1);
        if (!new IterationDraft().counts(sequences, tokens, 0, 0)) {
            into.warnings().add("batch-line-damaged", "batch lines that are cut or garbled were left out");
            return;
        }
        DecodeWindow.Prefill shown = new DecodeWindow.Prefill((int) sequences, (int) tokens, whole(line, "#cached-token: "),
                whole(line, "#running-req: "), whole(line, "#queue-req: "), usage(line).orElse(Double.NaN), time(line), mixed,
                tokens >= chunk);
        int rank = rank(line);
        seen.prefill(rank);
        whenKnown(batches -> window(rank).prefill(shown), into);
    }

    /// The share of tokens in use; hybrid models print one for each pool, of which the fullest binds.
    private OptionalDouble usage(String line) {
        OptionalDouble usage = value(line, ", token usage: ");
        if (usage.isEmpty()) {
            double full = value(line, "full token usage: ").orElse(-1);
            double fullest = Math.max(full, Math.max(value(line, "swa token usage: ").orElse(-1), value(line, "mamba usage: ").orElse(-1)));
            usage = fullest < 0 ? usage : OptionalDouble.of(fullest);
        }
        return Shares.of(usage);
    }

    private OptionalLong time(String line) {
        int open = line.indexOf('[');
        while (open >= 0) {
            OptionalLong time = clock.dateTime(line, open + 1);
            if (time.isEmpty()) {
                time = clock.timeOnly(line, open + 1);
            }
            if (time.isPresent()) {
                return time;
            }
            open = line.indexOf('[', open + 1);
        }
        return OptionalLong.empty();
    }

    private int rank(String line) {
        int at = line.indexOf(" DP");
        return at >= 0 && at < 80 && cursor.on(line, at + 3).number() ? (int) Math.min(cursor.integer(), MOST_RANKS) : 0;
    }

    /// With pipeline parallelism each stage prints the lines of its batches.
    private boolean isLaterStage(String line) {
        int at = line.indexOf(" PP");
        return at >= 0 && at < 80 && cursor.on(line, at + 3).number() && cursor.integer() > 0;
    }

    private OptionalDouble value(String line, String name) {
        int at = line.indexOf(name);
        return at >= 0 && cursor.on(line, at + name.length()).fraction() ? OptionalDouble.of(cursor.decimal()) : OptionalDouble.empty();
    }

    private OptionalLong whole(String line, String name) {
        int at = line.indexOf(name);
        return at >= 0 && cursor.on(line, at + name.length()).number() && cursor.integer() <= Integer.MAX_VALUE
                ? OptionalLong.of(cursor.integer())
                : OptionalLong.empty();
    }
}
