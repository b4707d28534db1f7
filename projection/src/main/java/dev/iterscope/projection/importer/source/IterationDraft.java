package dev.iterscope.projection.importer.source;

import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.Iteration.KvUsage;
import dev.iterscope.projection.recording.Iteration.Mark;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/// A step under construction, reused from one to the next: [#clear()], say what the source says, [#build()]. What is not said stays
/// unknown. Counts below 0 and numbers that are not finite say nothing.
public final class IterationDraft {

    /// Some thirty years.
    private static final long LONGEST_NANOS = 1_000_000_000_000_000_000L;

    private int engine;
    private int contextRequests;
    private int contextTokens;
    private int generationRequests;
    private int generationTokens;
    private long number;
    private long startNanos;
    private long endNanos;
    private long elapsedNanos;
    private double kvShare;
    /// Shares repeat from step to step, and rounding one takes longer than everything else.
    private double lastShareSaid = Double.NaN;
    private double lastShare;
    private long kvBlocksUsed;
    private long kvBlocksTotal;
    private long kvTokensHeld;
    private long runningRequests;
    private long waitingRequests;
    private long preemptions;
    private final DetailDraft details = new DetailDraft();
    private final EnumSet<Mark> marks = EnumSet.noneOf(Mark.class);

    /// An empty draft.
    public IterationDraft() {
        clear();
    }

    /// Forgets everything.
    public IterationDraft clear() {
        engine = 0;
        contextRequests = 0;
        contextTokens = 0;
        generationRequests = 0;
        generationTokens = 0;
        number = Known.UNSAID;
        startNanos = Known.UNSAID;
        endNanos = Known.UNSAID;
        elapsedNanos = Known.UNSAID;
        kvShare = Double.NaN;
        kvBlocksUsed = Known.UNSAID;
        kvBlocksTotal = Known.UNSAID;
        kvTokensHeld = Known.UNSAID;
        runningRequests = Known.UNSAID;
        waitingRequests = Known.UNSAID;
        preemptions = Known.UNSAID;
        details.clear();
        marks.clear();
        return this;
    }

    /// Starts from a step, to change some of it.
    public IterationDraft from(Iteration step) {
        clear();
        engine = step.engine();
        contextRequests = step.contextRequests();
        contextTokens = step.contextTokens();
        generationRequests = step.generationRequests();
        generationTokens = step.generationTokens();
        number = step.number().orElse(Known.UNSAID);
        startNanos = step.startNanos().orElse(Known.UNSAID);
        endNanos = step.endNanos().orElse(Known.UNSAID);
        elapsedNanos = step.elapsedNanos().orElse(Known.UNSAID);
        step.kv().ifPresent(kv -> {
            kvShare = kv.share().orElse(Double.NaN);
            kvBlocksUsed = kv.blocksUsed().orElse(Known.UNSAID);
            kvBlocksTotal = kv.blocksTotal().orElse(Known.UNSAID);
            kvTokensHeld = kv.tokensHeld().orElse(Known.UNSAID);
        });
        runningRequests = step.runningRequests().orElse(Known.UNSAID);
        waitingRequests = step.waitingRequests().orElse(Known.UNSAID);
        preemptions = step.preemptions().orElse(Known.UNSAID);
        marks.addAll(step.marks());
        step.detail().ifPresent(details::from);
        return this;
    }

    /// What rich sources know beyond the counts.
    public DetailDraft detail() {
        return details;
    }

    /// The step's counts.
    ///
    /// @return false if one of them is negative or too large to be true, and nothing was said
    public boolean counts(long contextRequestCount, long contextTokenCount, long generationRequestCount, long generationTokenCount) {
        long most = Math.max(Math.max(contextRequestCount, contextTokenCount), Math.max(generationRequestCount, generationTokenCount));
        long least = Math.min(Math.min(contextRequestCount, contextTokenCount), Math.min(generationRequestCount, generationTokenCount));
        if (least < 0 || most > Integer.MAX_VALUE / 2) {
            return false;
        }
        contextRequests = (int) contextRequestCount;
        contextTokens = (int) contextTokenCount;
        generationRequests = (int) generationRequestCount;
        generationTokens = (int) generationTokenCount;
        return true;
    }

    /// Whether another draft has the same counts.
    public boolean sameCounts(IterationDraft other) {
        return contextRequests == other.contextRequests && contextTokens == other.contextTokens
                && generationRequests == other.generationRequests && generationTokens == other.generationTokens;
    }

    /// A special mark.
    public IterationDraft mark(Mark mark) {
        marks.add(mark);
        return this;
    }

    /// Data-parallel rank.
    public IterationDraft engine(int value) {
        engine = Math.max(0, value);
        return this;
    }

    /// Start of the step's own time; may be negative.
    public IterationDraft startNanos(long value) {
        startNanos = value;
        return this;
    }

    /// Time of its result; may be negative.
    public IterationDraft endNanos(long value) {
        endNanos = value;
        return this;
    }

    /// Used share of the KV cache, 0 to 1.
    public IterationDraft kvShare(double value) {
        if (value >= 0 && value <= 1) {
            if (value != lastShareSaid) {
                lastShareSaid = value;
                lastShare = Shares.of(value);
            }
            kvShare = lastShare;
        }
        return this;
    }

    /// See [Iteration].
    public IterationDraft number(long value) {
        number = value >= 0 ? value : number;
        return this;
    }

    /// See [Iteration].
    public IterationDraft elapsedNanos(long value) {
        elapsedNanos = value >= 0 && value <= LONGEST_NANOS ? value : elapsedNanos;
        return this;
    }

    /// See [Iteration].
    public IterationDraft kvBlocksUsed(long value) {
        kvBlocksUsed = value >= 0 ? value : kvBlocksUsed;
        return this;
    }

    /// See [Iteration].
    public IterationDraft kvBlocksTotal(long value) {
        kvBlocksTotal = value >= 0 ? value : kvBlocksTotal;
        return this;
    }

    /// See [Iteration].
    public IterationDraft kvTokensHeld(long value) {
        kvTokensHeld = value >= 0 ? value : kvTokensHeld;
        return this;
    }

    /// See [Iteration].
    public IterationDraft runningRequests(long value) {
        runningRequests = value >= 0 ? value : runningRequests;
        return this;
    }

    /// See [Iteration].
    public IterationDraft waitingRequests(long value) {
        waitingRequests = value >= 0 ? value : waitingRequests;
        return this;
    }

    /// See [Iteration].
    public IterationDraft preemptions(long value) {
        preemptions = value >= 0 ? value : preemptions;
        return this;
    }

    /// The step's number, or -1 where it is not said.
    public long number() {
        return number == Known.UNSAID ? -1 : number;
    }

    /// Context tokens.
    public int contextTokens() {
        return contextTokens;
    }

    /// Context and generation tokens together.
    public int scheduledTokens() {
        return contextTokens + generationTokens;
    }

    /// The step as said.
    public Iteration build() {
        return new Iteration(
                engine,
                Known.once(number),
                Known.once(startNanos),
                Known.once(endNanos),
                Known.of(elapsedNanos),
                contextRequests,
                contextTokens,
                generationRequests,
                generationTokens,
                kv(),
                Known.of(runningRequests),
                Known.of(waitingRequests),
                Known.of(preemptions),
                details.build(),
                marks.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(marks)));
    }

    private Optional<KvUsage> kv() {
        boolean unknown = Double.isNaN(kvShare) && kvBlocksUsed == Known.UNSAID && kvBlocksTotal == Known.UNSAID
                && kvTokensHeld == Known.UNSAID;
        return unknown
                ? Optional.empty()
                : Optional.of(new KvUsage(Known.of(kvShare), Known.of(kvBlocksUsed), Known.of(kvBlocksTotal), Known.of(kvTokensHeld)));
    }
}
