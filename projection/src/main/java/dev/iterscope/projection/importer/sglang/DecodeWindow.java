package dev.iterscope.projection.importer.sglang;

import dev.iterscope.projection.importer.source.IterationDraft;
import dev.iterscope.projection.importer.source.RecordingBuilder;
import dev.iterscope.projection.recording.Iteration.Mark;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// The steps of one rank between two decode lines.
///
/// SGLang prints a decode line after every `--decode-log-interval` decode batches, and a line for each prefill batch. `gen throughput` is the
/// number of tokens that decode batches generated since the decode line before, divided by the time since then
/// (`python/sglang/srt/managers/scheduler_metrics_mixin.py`, `log_decode_stats`); the time of prefill batches and of waiting is in it. So the time of all batches of a window together is known to
/// five digits, whatever the resolution of the log's clock, and single batches are known by their counts alone. The batches of a window get
/// one common end, which is how steps are written whose time is known only together.
final class DecodeWindow {
    /// Windows whose decode batches take this many times the usual hold a pause of the server.
    private static final double PAUSE = 4;
    private static final int REMEMBERED = 63;
    private static final double NANOS = 1e9;

    private final int rank;
    private final List<Prefill> prefills = new ArrayList<>();
    private final double[] recent = new double[REMEMBERED];
    private int windows;
    private Optional<Line> before = Optional.empty();
    private long endNanos;
    private long retracted;

    /// What a prefill line shows.
    ///
    /// @param sequences    sequences in the batch
    /// @param newTokens    tokens computed
    /// @param cachedTokens tokens found in the prefix cache
    /// @param running      running requests, without those of the batch
    /// @param waiting      requests in the queue
    /// @param usage        used share of the KV cache, NaN where it is not shown
    /// @param clockNanos   the line's own time
    /// @param mixed        whether the running requests generate in the same batch
    /// @param full         whether the batch may have cut a prompt
    record Prefill(
            int sequences, int newTokens, OptionalLong cachedTokens, OptionalLong running, OptionalLong waiting, double usage,
            OptionalLong clockNanos, boolean mixed, boolean full) {}

    /// What a decode line shows.
    ///
    /// @param running      running requests
    /// @param waiting      requests in the queue
    /// @param tokens       tokens in the KV cache
    /// @param perSecond    tokens generated per second since the decode line before
    /// @param usage        used share of the KV cache, NaN where it is not shown
    /// @param acceptLength tokens that a request got of a batch, on average; 1 without speculative decoding
    record Line(long running, OptionalLong waiting, long tokens, double perSecond, double usage, double acceptLength) {}

    DecodeWindow(int rank) {
        this.rank = rank;
    }

    /// A prefill batch within the window.
    void prefill(Prefill prefill) {
        prefills.add(prefill);
    }

    /// Requests that lost their KV cache within the window.
    void retracted(long requests) {
        retracted += requests;
    }

    /// A decode line ends the window.
    ///
    /// @param batches    decode batches since the decode line before
    /// @param clockNanos the line's own time, where it shows one: the begin of the first window
    void close(Line line, int batches, OptionalLong clockNanos, RecordingBuilder into) {
        if (before.isEmpty()) {
            // How long the first window was is not known: it began with the server.
            end(into);
            endNanos = clockNanos.orElse(0);
            into.add(decode((int) Math.min(line.running(), Integer.MAX_VALUE / 2), line.tokens(), line)
                    .endNanos(endNanos).mark(Mark.PAUSED).build());
        } else if (line.perSecond() > 0) {
            emit(before.get(), line, batches, into);
        }
        before = Optional.of(line);
        prefills.clear();
    }

    /// Prefill batches before the first and behind the last decode line end at a known time, but how long they took is not known.
    void end(RecordingBuilder into) {
        for (Prefill prefill : prefills) {
            IterationDraft step = draft(prefill, before.map(Line::tokens).orElse(0L)).mark(Mark.PAUSED);
            prefill.clockNanos().ifPresent(step::endNanos);
            into.add(step.build());
        }
        prefills.clear();
    }

    private void emit(Line last, Line line, int batches, RecordingBuilder into) {
        int[][] sizes = WindowSizes.of(last, prefills, line, batches);
        double requests = Arrays.stream(sizes).flatMapToInt(Arrays::stream).asDoubleStream().sum();
        double nanos = requests * line.acceptLength() / line.perSecond() * NANOS;
        long begin = endNanos;
        endNanos += Math.max(1, Math.round(nanos));
        long each = Math.round((endNanos - begin) / (double) (batches + prefills.size()));
        boolean idle = idle(last);
        boolean left = idle || isPause(nanos / batches);
        if (left) {
            into.warnings().add(idle ? "decode-lines-with-idle-time" : "decode-lines-with-a-pause", idle
                    ? "decode lines were left out: the server may have had nothing to do since the line before;"
                            + " keep at least one request running while it is recorded"
                    : "decode lines were left out: the server paused since the line before");
        } else if (!prefills.isEmpty()) {
            into.warnings().add("decode-lines-with-prefill-batches",
                    "decode lines whose time includes that of prefill batches, which are fitted together with the decode batches");
        }
        int place = 0;
        for (int part = 0; part < sizes.length; part++) {
            for (int size : sizes[part]) {
                add(decode(size, tokensAt(last, line, ++place, batches), line), each, left, into);
            }
            if (part < prefills.size()) {
                add(draft(prefills.get(part), tokensAt(last, line, place, batches)), each, left, into);
            }
        }
    }

    private static long tokensAt(Line last, Line line, int place, int batches) {
        double share = place / (double) batches;
        return Math.round(last.tokens() * (1 - share) + line.tokens() * share);
    }

    private void add(IterationDraft step, long elapsedNanos, boolean left, RecordingBuilder into) {
        step.endNanos(endNanos).elapsedNanos(elapsedNanos);
        if (left) {
            step.mark(Mark.PAUSED);
        }
        into.add(step.build());
    }

    /// Whether a prefill batch found no request running and had none waiting before it: how long the server slept is not shown.
    private boolean idle(Line last) {
        long waiting = last.waiting().orElse(0);
        boolean cut = false;
        for (Prefill prefill : prefills) {
            if (prefill.running().orElse(1) == 0 && waiting == 0 && !cut) {
                return true;
            }
            waiting = prefill.waiting().orElse(0);
            cut = prefill.full();
        }
        return false;
    }

    /// The server did something else in a part of the window: its batches seem to take far longer than those of the windows before.
    private boolean isPause(double batchNanos) {
        if (!prefills.isEmpty()) {
            return false;
        }
        int known = Math.min(windows, REMEMBERED);
        double[] sorted = Arrays.copyOf(recent, known);
        Arrays.sort(sorted);
        recent[windows++ % REMEMBERED] = batchNanos;
        return known >= 3 && batchNanos > PAUSE * sorted[known / 2];
    }

    private IterationDraft draft(Prefill prefill, long tokens) {
        IterationDraft step = new IterationDraft();
        long generating = prefill.mixed() ? prefill.running().orElse(0) : 0;
        step.counts(prefill.sequences(), prefill.newTokens(), generating, generating);
        step.engine(rank);
        prefill.cachedTokens().ifPresent(step.detail()::prefixHitTokens);
        prefill.running().ifPresent(step::runningRequests);
        prefill.waiting().ifPresent(step::waitingRequests);
        step.kvShare(prefill.usage());
        if (generating > 0) {
            step.detail().generationKvTokens(tokens);
        }
        return step;
    }

    private IterationDraft decode(int requests, long tokens, Line line) {
        IterationDraft step = new IterationDraft();
        step.counts(0, 0, requests, requests);
        step.engine(rank);
        step.runningRequests(requests);
        line.waiting().ifPresent(step::waitingRequests);
        step.kvShare(line.usage());
        step.detail().generationKvTokens(tokens);
        if (retracted > 0) {
            step.preemptions(retracted);
            retracted = 0;
        }
        return step;
    }
}
