package dev.iterscope.projection.importer.source;

import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.Iteration.KvUsage;
import dev.iterscope.projection.recording.Iteration.Mark;
import dev.iterscope.projection.recording.IterationDetail;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A step under construction, reused from one to the next: [#clear()], say what the source says, [#build()]. What is not said stays
/// unknown. Counts below 0 and numbers that are not finite say nothing.
public final class IterationDraft {

    private static final long UNSAID = Long.MIN_VALUE;

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
    private boolean detailed;
    private @Nullable String graphMode;
    private final EnumSet<Mark> marks = EnumSet.noneOf(Mark.class);
    private long tokenBudget;
    private long kvTokensAllocated;
    private long contextKvTokens;
    private double contextAttentionPairs;
    private double contextLengthVariance;
    private long generationKvTokens;
    private double generationKvVariance;
    private long maxKvLength;
    private long queuedContextTokens;
    private long queuedKvTokens;
    private long recomputedTokens;
    private long prefixQueriedTokens;
    private long prefixHitTokens;
    private long encoderInputs;
    private long encoderTokens;
    private long draftTokens;
    private long acceptedTokens;
    private long paddedTokens;
    private long inFlight;
    private long scheduleNanos;
    private long submitToResultNanos;
    private long resultWaitNanos;
    private long updateNanos;
    private long idleBeforeNanos;

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
        number = UNSAID;
        startNanos = UNSAID;
        endNanos = UNSAID;
        elapsedNanos = UNSAID;
        kvShare = Double.NaN;
        kvBlocksUsed = UNSAID;
        kvBlocksTotal = UNSAID;
        kvTokensHeld = UNSAID;
        runningRequests = UNSAID;
        waitingRequests = UNSAID;
        preemptions = UNSAID;
        detailed = false;
        graphMode = null;
        marks.clear();
        tokenBudget = UNSAID;
        kvTokensAllocated = UNSAID;
        contextKvTokens = UNSAID;
        contextAttentionPairs = Double.NaN;
        contextLengthVariance = Double.NaN;
        generationKvTokens = UNSAID;
        generationKvVariance = Double.NaN;
        maxKvLength = UNSAID;
        queuedContextTokens = UNSAID;
        queuedKvTokens = UNSAID;
        recomputedTokens = UNSAID;
        prefixQueriedTokens = UNSAID;
        prefixHitTokens = UNSAID;
        encoderInputs = UNSAID;
        encoderTokens = UNSAID;
        draftTokens = UNSAID;
        acceptedTokens = UNSAID;
        paddedTokens = UNSAID;
        inFlight = UNSAID;
        scheduleNanos = UNSAID;
        submitToResultNanos = UNSAID;
        resultWaitNanos = UNSAID;
        updateNanos = UNSAID;
        idleBeforeNanos = UNSAID;
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
        number = step.number().orElse(UNSAID);
        startNanos = step.startNanos().orElse(UNSAID);
        endNanos = step.endNanos().orElse(UNSAID);
        elapsedNanos = step.elapsedNanos().orElse(UNSAID);
        step.kv().ifPresent(kv -> {
            kvShare = kv.share().orElse(Double.NaN);
            kvBlocksUsed = kv.blocksUsed().orElse(UNSAID);
            kvBlocksTotal = kv.blocksTotal().orElse(UNSAID);
            kvTokensHeld = kv.tokensHeld().orElse(UNSAID);
        });
        runningRequests = step.runningRequests().orElse(UNSAID);
        waitingRequests = step.waitingRequests().orElse(UNSAID);
        preemptions = step.preemptions().orElse(UNSAID);
        marks.addAll(step.marks());
        step.detail().ifPresent(this::detail);
        return this;
    }

    /// Takes over all details.
    public void detail(IterationDetail detail) {
        detailed = true;
        graphMode = detail.graphMode().orElse(null);
        tokenBudget = detail.tokenBudget().orElse(UNSAID);
        kvTokensAllocated = detail.kvTokensAllocated().orElse(UNSAID);
        contextKvTokens = detail.contextKvTokens().orElse(UNSAID);
        contextAttentionPairs = detail.contextAttentionPairs().orElse(Double.NaN);
        contextLengthVariance = detail.contextLengthVariance().orElse(Double.NaN);
        generationKvTokens = detail.generationKvTokens().orElse(UNSAID);
        generationKvVariance = detail.generationKvVariance().orElse(Double.NaN);
        maxKvLength = detail.maxKvLength().orElse(UNSAID);
        queuedContextTokens = detail.queuedContextTokens().orElse(UNSAID);
        queuedKvTokens = detail.queuedKvTokens().orElse(UNSAID);
        recomputedTokens = detail.recomputedTokens().orElse(UNSAID);
        prefixQueriedTokens = detail.prefixQueriedTokens().orElse(UNSAID);
        prefixHitTokens = detail.prefixHitTokens().orElse(UNSAID);
        encoderInputs = detail.encoderInputs().orElse(UNSAID);
        encoderTokens = detail.encoderTokens().orElse(UNSAID);
        draftTokens = detail.draftTokens().orElse(UNSAID);
        acceptedTokens = detail.acceptedTokens().orElse(UNSAID);
        paddedTokens = detail.paddedTokens().orElse(UNSAID);
        inFlight = detail.inFlight().orElse(UNSAID);
        scheduleNanos = detail.scheduleNanos().orElse(UNSAID);
        submitToResultNanos = detail.submitToResultNanos().orElse(UNSAID);
        resultWaitNanos = detail.resultWaitNanos().orElse(UNSAID);
        updateNanos = detail.updateNanos().orElse(UNSAID);
        idleBeforeNanos = detail.idleBeforeNanos().orElse(UNSAID);
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

    /// How kernels were launched.
    public IterationDraft graphMode(@Nullable String value) {
        if (value != null && !value.isBlank()) {
            graphMode = value;
            detailed = true;
        }
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
        elapsedNanos = value >= 0 ? value : elapsedNanos;
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

    /// See [IterationDetail#tokenBudget()].
    public IterationDraft tokenBudget(long value) {
        if (value >= 0) {
            tokenBudget = value;
            detailed = true;
        }
        return this;
    }

    /// See [IterationDetail#kvTokensAllocated()].
    public IterationDraft kvTokensAllocated(long value) {
        if (value >= 0) {
            kvTokensAllocated = value;
            detailed = true;
        }
        return this;
    }

    /// See [IterationDetail#contextKvTokens()].
    public IterationDraft contextKvTokens(long value) {
        if (value >= 0) {
            contextKvTokens = value;
            detailed = true;
        }
        return this;
    }

    /// See [IterationDetail#contextAttentionPairs()].
    public IterationDraft contextAttentionPairs(double value) {
        if (value >= 0 && value < Double.POSITIVE_INFINITY) {
            contextAttentionPairs = value;
            detailed = true;
        }
        return this;
    }

    /// See [IterationDetail#contextLengthVariance()].
    public IterationDraft contextLengthVariance(double value) {
        if (value >= 0 && value < Double.POSITIVE_INFINITY) {
            contextLengthVariance = value;
            detailed = true;
        }
        return this;
    }

    /// See [IterationDetail#generationKvTokens()].
    public IterationDraft generationKvTokens(long value) {
        if (value >= 0) {
            generationKvTokens = value;
            detailed = true;
        }
        return this;
    }

    /// See [IterationDetail#generationKvVariance()].
    public IterationDraft generationKvVariance(double value) {
        if (value >= 0 && value < Double.POSITIVE_INFINITY) {
            generationKvVariance = value;
            detailed = true;
        }
        return this;
    }

    /// See [IterationDetail#maxKvLength()].
    public IterationDraft maxKvLength(long value) {
        if (value >= 0) {
            maxKvLength = value;
            detailed = true;
        }
        return this;
    }

    /// See [IterationDetail#queuedContextTokens()].
    public IterationDraft queuedContextTokens(long value) {
        if (value >= 0) {
            queuedContextTokens = value;
            detailed = true;
        }
        return this;
    }

    /// See [IterationDetail#queuedKvTokens()].
    public IterationDraft queuedKvTokens(long value) {
        if (value >= 0) {
            queuedKvTokens = value;
            detailed = true;
        }
        return this;
    }

    /// See [IterationDetail#recomputedTokens()].
    public IterationDraft recomputedTokens(long value) {
        if (value >= 0) {
            recomputedTokens = value;
            detailed = true;
        }
        return this;
    }

    /// See [IterationDetail#prefixQueriedTokens()].
    public IterationDraft prefixQueriedTokens(long value) {
        if (value >= 0) {
            prefixQueriedTokens = value;
            detailed = true;
        }
        return this;
    }

    /// See [IterationDetail#prefixHitTokens()].
    public IterationDraft prefixHitTokens(long value) {
        if (value >= 0) {
            prefixHitTokens = value;
            detailed = true;
        }
        return this;
    }

    /// See [IterationDetail#encoderInputs()].
    public IterationDraft encoderInputs(long value) {
        if (value >= 0) {
            encoderInputs = value;
            detailed = true;
        }
        return this;
    }

    /// See [IterationDetail#encoderTokens()].
    public IterationDraft encoderTokens(long value) {
        if (value >= 0) {
            encoderTokens = value;
            detailed = true;
        }
        return this;
    }

    /// See [IterationDetail#draftTokens()].
    public IterationDraft draftTokens(long value) {
        if (value >= 0) {
            draftTokens = value;
            detailed = true;
        }
        return this;
    }

    /// See [IterationDetail#acceptedTokens()].
    public IterationDraft acceptedTokens(long value) {
        if (value >= 0) {
            acceptedTokens = value;
            detailed = true;
        }
        return this;
    }

    /// See [IterationDetail#paddedTokens()].
    public IterationDraft paddedTokens(long value) {
        if (value >= 0) {
            paddedTokens = value;
            detailed = true;
        }
        return this;
    }

    /// See [IterationDetail#inFlight()].
    public IterationDraft inFlight(long value) {
        if (value >= 0) {
            inFlight = value;
            detailed = true;
        }
        return this;
    }

    /// See [IterationDetail#scheduleNanos()].
    public IterationDraft scheduleNanos(long value) {
        if (value >= 0) {
            scheduleNanos = value;
            detailed = true;
        }
        return this;
    }

    /// See [IterationDetail#submitToResultNanos()].
    public IterationDraft submitToResultNanos(long value) {
        if (value >= 0) {
            submitToResultNanos = value;
            detailed = true;
        }
        return this;
    }

    /// See [IterationDetail#resultWaitNanos()].
    public IterationDraft resultWaitNanos(long value) {
        if (value >= 0) {
            resultWaitNanos = value;
            detailed = true;
        }
        return this;
    }

    /// See [IterationDetail#updateNanos()].
    public IterationDraft updateNanos(long value) {
        if (value >= 0) {
            updateNanos = value;
            detailed = true;
        }
        return this;
    }

    /// See [IterationDetail#idleBeforeNanos()].
    public IterationDraft idleBeforeNanos(long value) {
        if (value >= 0) {
            idleBeforeNanos = value;
            detailed = true;
        }
        return this;
    }

    /// The step's number, or -1 where it is not said.
    public long number() {
        return number == UNSAID ? -1 : number;
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
                known(number),
                known(startNanos),
                known(endNanos),
                known(elapsedNanos),
                contextRequests,
                contextTokens,
                generationRequests,
                generationTokens,
                kv(),
                known(runningRequests),
                known(waitingRequests),
                known(preemptions),
                detailed ? Optional.of(detail()) : Optional.empty(),
                marks.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(marks)));
    }

    private Optional<KvUsage> kv() {
        boolean unknown = Double.isNaN(kvShare) && kvBlocksUsed == UNSAID && kvBlocksTotal == UNSAID && kvTokensHeld == UNSAID;
        return unknown
                ? Optional.empty()
                : Optional.of(new KvUsage(known(kvShare), known(kvBlocksUsed), known(kvBlocksTotal), known(kvTokensHeld)));
    }

    private IterationDetail detail() {
        return new IterationDetail(
                known(tokenBudget),
                known(kvTokensAllocated),
                known(contextKvTokens),
                known(contextAttentionPairs),
                known(contextLengthVariance),
                known(generationKvTokens),
                known(generationKvVariance),
                known(maxKvLength),
                known(queuedContextTokens),
                known(queuedKvTokens),
                known(recomputedTokens),
                known(prefixQueriedTokens),
                known(prefixHitTokens),
                known(encoderInputs),
                known(encoderTokens),
                known(draftTokens),
                known(acceptedTokens),
                known(paddedTokens),
                Optional.ofNullable(graphMode),
                known(inFlight),
                known(scheduleNanos),
                known(submitToResultNanos),
                known(resultWaitNanos),
                known(updateNanos),
                known(idleBeforeNanos));
    }

    private static OptionalLong known(long value) {
        return value == UNSAID ? OptionalLong.empty() : OptionalLong.of(value);
    }

    private static OptionalDouble known(double value) {
        return Double.isNaN(value) ? OptionalDouble.empty() : OptionalDouble.of(value);
    }
}
