package dev.iterscope.projection.importer.trtllm;

import dev.iterscope.projection.importer.source.Cursor;
import dev.iterscope.projection.importer.source.Fact;
import dev.iterscope.projection.importer.source.Importer;
import dev.iterscope.projection.importer.source.IterationDraft;
import dev.iterscope.projection.importer.source.LogClock;
import dev.iterscope.projection.importer.source.LogLines;
import dev.iterscope.projection.importer.source.RecordingBuilder;
import dev.iterscope.projection.importer.source.RecordingBuilder.ClockOrigin;
import dev.iterscope.projection.importer.source.Source;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The iteration lines of TensorRT-LLM (`print_iter_log`). Fields are found by their names, since order and separators changed.
///
/// `prev_device_step_time` is the device time of the line before, and is given to it; after an empty iteration it is idle time and dropped.
///
/// Until April 2025 lines had no `num_scheduled_requests`: then each generated token counts as a request, though the tokens are padded to
/// the size of a CUDA graph. What the C++ runtime logs is read by [EarlyStatistics].
///
/// Every rank may write its lines. `currank_total_requests = a/b` counts the requests that the rank and that all ranks have fetched so
/// far: two ranks that both fetched all of them serve the same requests together (tensor parallelism), and one of them says everything.
/// Under attention data parallelism each rank has requests of its own, and is an engine.
public final class TrtLlmLogImporter implements Importer {

    private static final int MOST_RANKS = 4096;

    private final Cursor cursor = new Cursor();
    private final LogClock clock = new LogClock();
    private final Map<Integer, IterationDraft> pending = new HashMap<>();
    private @Nullable Integer rankWithAllRequests;
    private final Set<Integer> repeating = new HashSet<>();

    /// An importer of one log.
    public TrtLlmLogImporter() {}

    @Override
    public String kind() {
        return "trtllm-log";
    }

    @Override
    public boolean recognises(Source source) {
        return source.looksLikeText() && (isIteration(source.headText()) || EarlyStatistics.isIn(source.headText()));
    }

    @Override
    public void read(Source source, RecordingBuilder into) throws IOException {
        EarlyStatistics early = new EarlyStatistics(into, clock);
        LogLines.forEach(source, into.warnings(), line -> {
            if (isIteration(line)) {
                take(line, into);
            } else if (!early.take(line)) {
                into.warnings().add("ignored-lines", "other lines that hold no measurement");
            }
        });
        pending.values().forEach(draft -> into.add(draft.build()));
        into.settings().say(Fact.ENGINE_NAME, "tensorrt-llm");
        into.clock(ClockOrigin.LOCAL);
    }

    private static boolean isIteration(String text) {
        return text.contains("iter = ") && (text.contains("num_scheduled_requests") || text.contains("'num_generation_tokens'"));
    }

    private void take(String line, RecordingBuilder into) {
        OptionalDouble number = value(line, "iter");
        OptionalDouble scheduled = value(line, "num_scheduled_requests");
        OptionalDouble contextRequests = value(line, "num_ctx_requests");
        OptionalDouble contextTokens = value(line, "num_ctx_tokens");
        OptionalDouble generationTokens = value(line, "num_generation_tokens");
        if (scheduled.isEmpty() && contextRequests.isPresent() && generationTokens.isPresent()
                && !line.contains("num_scheduled_requests")) {
            scheduled = OptionalDouble.of(contextRequests.getAsDouble() + generationTokens.getAsDouble());
            into.warnings().add("generation-requests-unknown",
                    "iteration lines without the scheduled requests: as many are assumed as tokens, which may be padded");
        }
        if (number.isEmpty() || scheduled.isEmpty() || contextRequests.isEmpty() || contextTokens.isEmpty() || generationTokens.isEmpty()) {
            into.warnings().add("iteration-line-damaged", "iteration lines that are cut or garbled were left out");
            return;
        }
        int rank = (int) Math.min(value(line, "rank").orElse(0), MOST_RANKS);
        if (repeatsAnother(line, rank)) {
            into.warnings().add("repeated-rank", "lines in which a rank of the same engine says the same step again were left out");
            return;
        }
        OptionalDouble device = value(line, "prev_device_step_time");
        IterationDraft before = pending.remove(rank);
        if (before != null) {
            if (device.isPresent() && before.scheduledTokens() > 0 && before.number() + 1 == (long) number.getAsDouble()) {
                before.elapsedNanos(Math.round(device.getAsDouble() * 1e6));
            }
            into.add(before.build());
        }
        IterationDraft draft = new IterationDraft().engine(rank).number((long) number.getAsDouble());
        long generationRequests = Math.max(0, (long) (scheduled.getAsDouble() - contextRequests.getAsDouble()));
        if (!draft.counts((long) contextRequests.getAsDouble(), (long) contextTokens.getAsDouble(), generationRequests,
                (long) generationTokens.getAsDouble())) {
            into.warnings().add("iteration-line-damaged", "iteration lines that are cut or garbled were left out");
            return;
        }
        if (!line.contains("prev_device_step_time")) {
            value(line, "host_step_time").ifPresent(millis -> draft.elapsedNanos(Math.round(millis * 1e6)));
            value(line, "elapsed_time").ifPresent(seconds -> draft.elapsedNanos(Math.round(seconds * 1e9)));
        }
        value(line, "kv_cache_util").ifPresent(draft::kvShare);
        value(line, "cached_kv_tokens").ifPresent(tokens -> draft.detail().contextKvTokens((long) tokens));
        int at = line.indexOf("timestamp = ");
        OptionalLong time = at < 0 ? OptionalLong.empty() : clock.dateTime(line, at + "timestamp = ".length());
        time.ifPresent(draft::endNanos);
        pending.put(rank, draft);
    }

    /// Whether the rank serves the very requests of one that was seen before it.
    private boolean repeatsAnother(String line, int rank) {
        OptionalDouble fetched = value(line, "currank_total_requests");
        if (fetched.isPresent() && fetched.getAsDouble() > 0) {
            int slash = line.indexOf('/', line.indexOf("currank_total_requests"));
            if (slash >= 0 && cursor.on(line, slash + 1).fraction() && cursor.decimal() == fetched.getAsDouble()) {
                if (rankWithAllRequests == null) {
                    rankWithAllRequests = rank;
                } else if (rankWithAllRequests != rank) {
                    repeating.add(rank);
                }
            }
        }
        return repeating.contains(rank);
    }

    /// The number behind `name =`, `name:` or `'name':`.
    private OptionalDouble value(String line, String name) {
        for (int at = line.indexOf(name); at >= 0; at = line.indexOf(name, at + 1)) {
            int i = at + name.length();
            boolean whole = at == 0 || (!Character.isLetterOrDigit(line.charAt(at - 1)) && line.charAt(at - 1) != '_');
            while (i < line.length()
                    && (line.charAt(i) == '\'' || line.charAt(i) == ' ' || line.charAt(i) == '=' || line.charAt(i) == ':')) {
                i++;
            }
            if (whole && i > at + name.length() && cursor.on(line, i).fraction()) {
                return OptionalDouble.of(cursor.decimal());
            }
        }
        return OptionalDouble.empty();
    }
}
