package dev.iterscope.projection.importer.steps;

import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.Iteration.KvUsage;
import dev.iterscope.projection.recording.Iteration.Mark;
import dev.iterscope.projection.recording.IterationDetail;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;

/// A step as an array of numbers, those first that change from step to step. What a step does not say is [#UNSAID]; a real number stands
/// as its bits.
final class StepFields {

    /// What a step does not say.
    static final long UNSAID = Long.MIN_VALUE;

    static final int ELAPSED = 0;
    static final int END = 1;
    static final int GENERATION_REQUESTS = 2;
    static final int CONTEXT_TOKENS = 3;
    static final int CONTEXT_REQUESTS = 4;
    static final int GENERATION_TOKENS = 5;
    static final int KV_BLOCKS_USED = 6;
    static final int KV_SHARE = 7;
    static final int START = 8;
    static final int KV_TOKENS_HELD = 9;
    static final int RUNNING = 10;
    static final int WAITING = 11;
    static final int NUMBER = 12;
    static final int FLAGS = 13;
    static final int PREEMPTIONS = 14;
    static final int KV_BLOCKS_TOTAL = 15;
    static final int ENGINE = 16;
    static final int KV_TOKENS_ALLOCATED = 17;
    static final int CONTEXT_KV_TOKENS = 18;
    static final int GENERATION_KV_TOKENS = 19;
    static final int MAX_KV_LENGTH = 20;
    static final int QUEUED_CONTEXT_TOKENS = 21;
    static final int CONTEXT_ATTENTION_PAIRS = 22;
    static final int CONTEXT_LENGTH_VARIANCE = 23;
    static final int GENERATION_KV_VARIANCE = 24;
    static final int SCHEDULE = 25;
    static final int SUBMIT_TO_RESULT = 26;
    static final int RESULT_WAIT = 27;
    static final int UPDATE = 28;
    static final int IDLE_BEFORE = 29;
    static final int IN_FLIGHT = 30;
    static final int PADDED_TOKENS = 31;
    static final int GRAPH_MODE = 32;
    static final int TOKEN_BUDGET = 33;
    static final int QUEUED_KV_TOKENS = 34;
    static final int RECOMPUTED_TOKENS = 35;
    static final int PREFIX_QUERIED_TOKENS = 36;
    static final int PREFIX_HIT_TOKENS = 37;
    static final int ENCODER_INPUTS = 38;
    static final int ENCODER_TOKENS = 39;
    static final int DRAFT_TOKENS = 40;
    static final int ACCEPTED_TOKENS = 41;
    /// How many numbers a step has.
    static final int COUNT = 42;

    private static final int HAS_KV = 1;
    private static final int HAS_DETAIL = 2;
    private static final int FIRST_MARK = 4;
    private static final Mark[] MARKS = Mark.values();

    private StepFields() {}

    /// Whether a field is a real number.
    static boolean isReal(int field) {
        return field == KV_SHARE || (field >= CONTEXT_ATTENTION_PAIRS && field <= GENERATION_KV_VARIANCE);
    }

    /// Whether a step has details, the fields from [#KV_TOKENS_ALLOCATED] on.
    static boolean hasDetail(long[] step) {
        return (step[FLAGS] & HAS_DETAIL) != 0 && step[FLAGS] != UNSAID;
    }

    /// Takes a step apart.
    static void split(Iteration step, Words words, long[] into) {
        into[ENGINE] = step.engine();
        into[NUMBER] = of(step.number());
        into[START] = of(step.startNanos());
        into[END] = of(step.endNanos());
        into[ELAPSED] = of(step.elapsedNanos());
        into[CONTEXT_REQUESTS] = step.contextRequests();
        into[CONTEXT_TOKENS] = step.contextTokens();
        into[GENERATION_REQUESTS] = step.generationRequests();
        into[GENERATION_TOKENS] = step.generationTokens();
        into[RUNNING] = of(step.runningRequests());
        into[WAITING] = of(step.waitingRequests());
        into[PREEMPTIONS] = of(step.preemptions());
        long flags = 0;
        if (step.kv().isPresent()) {
            flags |= HAS_KV;
            KvUsage kv = step.kv().get();
            into[KV_SHARE] = of(kv.share());
            into[KV_BLOCKS_USED] = of(kv.blocksUsed());
            into[KV_BLOCKS_TOTAL] = of(kv.blocksTotal());
            into[KV_TOKENS_HELD] = of(kv.tokensHeld());
        } else {
            into[KV_SHARE] = UNSAID;
            into[KV_BLOCKS_USED] = UNSAID;
            into[KV_BLOCKS_TOTAL] = UNSAID;
            into[KV_TOKENS_HELD] = UNSAID;
        }
        if (step.detail().isPresent()) {
            flags |= HAS_DETAIL;
            split(step.detail().get(), words, into);
        } else {
            Arrays.fill(into, KV_TOKENS_ALLOCATED, COUNT, UNSAID);
        }
        for (Mark mark : step.marks()) {
            flags |= bit(mark);
        }
        into[FLAGS] = flags;
    }

    private static void split(IterationDetail detail, Words words, long[] into) {
        into[TOKEN_BUDGET] = of(detail.tokenBudget());
        into[KV_TOKENS_ALLOCATED] = of(detail.kvTokensAllocated());
        into[CONTEXT_KV_TOKENS] = of(detail.contextKvTokens());
        into[CONTEXT_ATTENTION_PAIRS] = of(detail.contextAttentionPairs());
        into[CONTEXT_LENGTH_VARIANCE] = of(detail.contextLengthVariance());
        into[GENERATION_KV_TOKENS] = of(detail.generationKvTokens());
        into[GENERATION_KV_VARIANCE] = of(detail.generationKvVariance());
        into[MAX_KV_LENGTH] = of(detail.maxKvLength());
        into[QUEUED_CONTEXT_TOKENS] = of(detail.queuedContextTokens());
        into[QUEUED_KV_TOKENS] = of(detail.queuedKvTokens());
        into[RECOMPUTED_TOKENS] = of(detail.recomputedTokens());
        into[PREFIX_QUERIED_TOKENS] = of(detail.prefixQueriedTokens());
        into[PREFIX_HIT_TOKENS] = of(detail.prefixHitTokens());
        into[ENCODER_INPUTS] = of(detail.encoderInputs());
        into[ENCODER_TOKENS] = of(detail.encoderTokens());
        into[DRAFT_TOKENS] = of(detail.draftTokens());
        into[ACCEPTED_TOKENS] = of(detail.acceptedTokens());
        into[PADDED_TOKENS] = of(detail.paddedTokens());
        into[GRAPH_MODE] = detail.graphMode().isPresent() ? words.keyOf(detail.graphMode().get()) : UNSAID;
        into[IN_FLIGHT] = of(detail.inFlight());
        into[SCHEDULE] = of(detail.scheduleNanos());
        into[SUBMIT_TO_RESULT] = of(detail.submitToResultNanos());
        into[RESULT_WAIT] = of(detail.resultWaitNanos());
        into[UPDATE] = of(detail.updateNanos());
        into[IDLE_BEFORE] = of(detail.idleBeforeNanos());
    }

    /// Puts a step together.
    static Iteration join(long[] from, Words words) {
        long flags = from[FLAGS];
        return new Iteration(
                (int) from[ENGINE],
                whole(from[NUMBER]),
                whole(from[START]),
                whole(from[END]),
                whole(from[ELAPSED]),
                (int) from[CONTEXT_REQUESTS],
                (int) from[CONTEXT_TOKENS],
                (int) from[GENERATION_REQUESTS],
                (int) from[GENERATION_TOKENS],
                (flags & HAS_KV) == 0
                        ? Optional.empty()
                        : Optional.of(new KvUsage(
                                real(from[KV_SHARE]), whole(from[KV_BLOCKS_USED]), whole(from[KV_BLOCKS_TOTAL]),
                                whole(from[KV_TOKENS_HELD]))),
                whole(from[RUNNING]),
                whole(from[WAITING]),
                whole(from[PREEMPTIONS]),
                (flags & HAS_DETAIL) == 0 ? Optional.empty() : Optional.of(detail(from, words)),
                flags < FIRST_MARK ? Set.of() : marks(flags));
    }

    private static IterationDetail detail(long[] from, Words words) {
        return new IterationDetail(
                whole(from[TOKEN_BUDGET]),
                whole(from[KV_TOKENS_ALLOCATED]),
                whole(from[CONTEXT_KV_TOKENS]),
                real(from[CONTEXT_ATTENTION_PAIRS]),
                real(from[CONTEXT_LENGTH_VARIANCE]),
                whole(from[GENERATION_KV_TOKENS]),
                real(from[GENERATION_KV_VARIANCE]),
                whole(from[MAX_KV_LENGTH]),
                whole(from[QUEUED_CONTEXT_TOKENS]),
                whole(from[QUEUED_KV_TOKENS]),
                whole(from[RECOMPUTED_TOKENS]),
                whole(from[PREFIX_QUERIED_TOKENS]),
                whole(from[PREFIX_HIT_TOKENS]),
                whole(from[ENCODER_INPUTS]),
                whole(from[ENCODER_TOKENS]),
                whole(from[DRAFT_TOKENS]),
                whole(from[ACCEPTED_TOKENS]),
                whole(from[PADDED_TOKENS]),
                from[GRAPH_MODE] == UNSAID ? Optional.empty() : words.wordOf((int) from[GRAPH_MODE]),
                whole(from[IN_FLIGHT]),
                whole(from[SCHEDULE]),
                whole(from[SUBMIT_TO_RESULT]),
                whole(from[RESULT_WAIT]),
                whole(from[UPDATE]),
                whole(from[IDLE_BEFORE]));
    }

    private static int bit(Mark mark) {
        return switch (mark) {
            case DUMMY -> FIRST_MARK;
            case COLD -> 2 * FIRST_MARK;
            case COUPLED -> 4 * FIRST_MARK;
            case PAUSED -> 8 * FIRST_MARK;
        };
    }

    private static Set<Mark> marks(long flags) {
        EnumSet<Mark> marks = EnumSet.noneOf(Mark.class);
        for (Mark mark : MARKS) {
            if ((flags & bit(mark)) != 0) {
                marks.add(mark);
            }
        }
        return Collections.unmodifiableSet(marks);
    }

    private static long of(OptionalLong value) {
        return value.isPresent() ? value.getAsLong() : UNSAID;
    }

    /// The bits of minus zero are those of what is not said; adding zero makes it a zero.
    private static long of(OptionalDouble value) {
        return value.isPresent() ? Double.doubleToRawLongBits(value.getAsDouble() + 0.0) : UNSAID;
    }

    private static OptionalLong whole(long value) {
        return value == UNSAID ? OptionalLong.empty() : OptionalLong.of(value);
    }

    private static OptionalDouble real(long bits) {
        return bits == UNSAID ? OptionalDouble.empty() : OptionalDouble.of(Double.longBitsToDouble(bits));
    }
}
