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
import java.io.IOException;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/// SGLang's log. A prefill line is a step; a decode line stands for the 40 or so decode steps since the one before and is an interval.
/// Neither says how long a step took. Values are found by their names.
public final class SglangLogImporter implements Importer {

    private static final int MOST_RANKS = 4096;

    private final Cursor cursor = new Cursor();
    private final LogClock clock = new LogClock();

    /// An importer of one log.
    public SglangLogImporter() {}

    @Override
    public String kind() {
        return "sglang-log";
    }

    @Override
    public boolean recognises(Source source) {
        String head = source.headText();
        return source.looksLikeText() && head.contains("#running-req: ")
                && (head.contains("Decode batch") || head.contains("Prefill batch"));
    }

    @Override
    public void read(Source source, RecordingBuilder into) throws IOException {
        LogLines.forEach(source, into.warnings(), line -> take(line, into));
        into.settings().say(Fact.ENGINE_NAME, "sglang");
        into.clock(clock.yearKnown() ? ClockOrigin.LOCAL : ClockOrigin.OWN);
    }

    private void take(String line, RecordingBuilder into) {
        if (line.contains("Prefill batch") && line.contains("#new-token: ")) {
            takePrefill(line, into);
        } else if (line.contains("Decode batch") && line.contains("gen throughput")) {
            into.add(new Interval(
                    rank(line),
                    time(line),
                    OptionalLong.empty(),
                    OptionalDouble.empty(),
                    value(line, "gen throughput (token/s): "),
                    whole(line, "#running-req: "),
                    whole(line, "#queue-req: "),
                    usage(line),
                    OptionalDouble.empty()));
        } else if (line.contains("KV Cache is allocated. #tokens: ")) {
            whole(line, "#tokens: ").ifPresent(tokens -> into.settings().say(Fact.KV_CAPACITY_TOKENS, tokens));
        } else if (line.contains("Decode batch") || line.contains("Prefill batch")) {
            into.warnings().add("batch-line-damaged", "batch lines that are cut or garbled were left out");
        } else if (line.contains(" HTTP/1.")) {
            into.warnings().add("ignored-access-lines", "lines of the HTTP access log, which hold no measurement");
        } else {
            into.warnings().add("ignored-lines", "other lines that hold no measurement");
        }
    }

    private void takePrefill(String line, RecordingBuilder into) {
        IterationDraft draft = new IterationDraft();
        if (!draft.counts(whole(line, "#new-seq: ").orElse(-1), whole(line, "#new-token: ").orElse(-1), 0, 0)) {
            into.warnings().add("batch-line-damaged", "batch lines that are cut or garbled were left out");
            return;
        }
        draft.engine(rank(line));
        time(line).ifPresent(draft::endNanos);
        whole(line, "#cached-token: ").ifPresent(draft.detail()::prefixHitTokens);
        whole(line, "#running-req: ").ifPresent(draft::runningRequests);
        whole(line, "#queue-req: ").ifPresent(draft::waitingRequests);
        usage(line).ifPresent(draft::kvShare);
        into.add(draft.build());
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
