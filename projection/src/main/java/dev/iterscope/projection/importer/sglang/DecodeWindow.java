package dev.iterscope.projection.importer.sglang;

import dev.iterscope.projection.importer.source.IterationDraft;
import dev.iterscope.projection.importer.source.RecordingBuilder;
import dev.iterscope.projection.recording.Iteration.Mark;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;

/// The steps of one rank between two decode lines.
///
/// SGLang prints a decode line after every `--decode-log-interval` decode batches, and a line for each prefill batch. `gen throughput` is the
/// number of tokens that decode batches generated since the decode line before, divided by the time since then
/// (`python/sglang/srt/managers/scheduler_metrics_mixin.py`, `log_decode_stats`). So the time of all batches of a window together is known to
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
    private boolean open;
    private long endNanos;
    private long running;
    private long tokens;

    /// What a prefill line shows.
    ///
    /// @param sequences    sequences in the batch
    /// @param newTokens    tokens computed
    /// @param cachedTokens tokens found in the prefix cache
    /// @param running      running requests
    /// @param waiting      requests in the queue
    /// @param usage        used share of the KV cache, NaN where it is not shown
    /// @param clockNanos   the line's own time
    record Prefill(
            int sequences, int newTokens, OptionalLong cachedTokens, OptionalLong running, OptionalLong waiting, double usage,
            OptionalLong clockNanos) {}

    /// What a decode line shows.
    ///
    /// @param running    running requests
    /// @param waiting    requests in the queue
    /// @param tokens     tokens in the KV cache
    /// @param perSecond  tokens generated per second since the decode line before
    /// @param usage      used share of the KV cache, NaN where it is not shown
    /// @param batches    decode batches since the decode line before
    record Line(long running, OptionalLong waiting, long tokens, double perSecond, double usage, int batches) {}

    DecodeWindow(int rank) {
        this.rank = rank;
    }

    /// A prefill batch within the window.
    void prefill(Prefill prefill) {
        prefills.add(prefill);
    }

    /// A decode line ends the window.
    ///
    /// @param clockNanos the line's own time, where it shows one: the begin of the first window
    void close(Line line, OptionalLong clockNanos, RecordingBuilder into) {
        if (!open) {
            // How long the first window was is not known: it began with the server.
            end(into);
            open = true;
            endNanos = clockNanos.orElse(0);
            IterationDraft step = decode(line, 1, 1).endNanos(endNanos).mark(Mark.PAUSED);
            into.add(step.build());
        } else if (line.perSecond() > 0) {
            emit(line, into);
        }
        running = line.running();
        tokens = line.tokens();
        prefills.clear();
    }

    /// Prefill batches before the first and behind the last decode line end at a known time, but how long they took is not known.
    void end(RecordingBuilder into) {
        for (Prefill prefill : prefills) {
            IterationDraft step = draft(prefill).mark(Mark.PAUSED);
            prefill.clockNanos().ifPresent(step::endNanos);
            into.add(step.build());
        }
        prefills.clear();
    }

    private void emit(Line line, RecordingBuilder into) {
        double mean = (running + line.running()) / 2.0;
        double nanos = line.batches() * mean / line.perSecond() * NANOS;
        long begin = endNanos;
        endNanos += Math.max(1, Math.round(nanos));
        long each = Math.round((endNanos - begin) / (double) (line.batches() + prefills.size()));
        boolean paused = isPause(nanos / line.batches());
        for (Prefill prefill : prefills) {
            add(draft(prefill), each, paused, into);
        }
        for (int i = 1; i <= line.batches(); i++) {
            add(decode(line, i, line.batches()), each, paused, into);
        }
    }

    private void add(IterationDraft step, long elapsedNanos, boolean paused, RecordingBuilder into) {
        step.endNanos(endNanos).elapsedNanos(elapsedNanos);
        if (paused) {
            step.mark(Mark.PAUSED);
        }
        into.add(step.build());
    }

    /// The server had nothing to do in a part of the window: its batches seem to take far longer than those of the windows before.
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

    private IterationDraft draft(Prefill prefill) {
        IterationDraft step = new IterationDraft();
        step.counts(prefill.sequences(), prefill.newTokens(), 0, 0);
        step.engine(rank);
        prefill.cachedTokens().ifPresent(step.detail()::prefixHitTokens);
        prefill.running().ifPresent(step::runningRequests);
        prefill.waiting().ifPresent(step::waitingRequests);
        step.kvShare(prefill.usage());
        return step;
    }

    /// The decode batch at a place in the window: requests and tokens between those of the two lines.
    private IterationDraft decode(Line line, int place, int batches) {
        double part = place / (double) batches;
        long requests = Math.round((open && running > 0 ? running : line.running()) * (1 - part) + line.running() * part);
        IterationDraft step = new IterationDraft();
        step.counts(0, 0, requests, requests);
        step.engine(rank);
        step.runningRequests(requests);
        line.waiting().ifPresent(step::waitingRequests);
        step.kvShare(line.usage());
        step.detail().generationKvTokens(Math.round(tokens * (1 - part) + line.tokens() * part));
        return step;
    }
}
