package dev.iterscope.engine.schedule;

import dev.iterscope.engine.kvcache.KvCache;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Collects the entries of a step in arrays that are reused, and turns them into a [StepPlan] with its counts in one pass over
/// these arrays.
///
/// The arrays still hold the step before. While a sequence that only generates comes again at the same place, its entry is not written
/// but moved on by one token; when the whole step is like that, the plan shares what has not changed with the one before, and the
/// counts follow from the last ones.
final class PlanBuilder {
    private Sequence[] sequences = new Sequence[16];
    private int[] firsts = new int[16];
    private int[] counts = new int[16];
    private byte[] flags = new byte[16];
    private int[][] blockIds = new int[16][];
    private int size;
    private int[] drafts = StepPlan.NONE;
    private int[][] encoderInputs = StepPlan.NO_ENCODER_INPUTS;
    private List<Preemption> preemptions = List.of();
    private int queriedTokens;
    private int hitTokens;

    /// Entries of the step before; the arrays hold it from `size` on.
    private int previousSize;
    private boolean onlyRepeats;
    private boolean sameBlockIds;
    private Tally tally = new Tally();
    private @Nullable StepPlan previous;

    void start() {
        previousSize = size;
        size = 0;
        onlyRepeats = true;
        sameBlockIds = true;
        drafts = StepPlan.NONE;
        encoderInputs = StepPlan.NO_ENCODER_INPUTS;
        preemptions = List.of();
        queriedTokens = 0;
        hitTokens = 0;
    }

    boolean hasPreemptions() {
        return !preemptions.isEmpty();
    }

    int size() {
        return size;
    }

    /// True when in the step before the entry at this place was of the same sequence and generated one token.
    boolean canRepeat(Sequence s) {
        int entry = size;
        return entry < previousSize && sequences[entry] == s && flags[entry] == StepPlan.SAMPLES && counts[entry] == 1;
    }

    /// Adds an entry like the one of the step before, one token further, and moves its sequence on. Only where [#canRepeat].
    @SuppressWarnings("ReferenceEquality") // whether it is the same array, not whether an equal one
    void repeat(Sequence s) {
        int entry = size++;
        firsts[entry] = s.computed++;
        s.inFlight++;
        if (blockIds[entry] != s.blockIds) {
            blockIds[entry] = s.blockIds;
            sameBlockIds = false;
        }
    }

    /// Adds an entry and moves its sequence on: from now on the entry's tokens count as computed.
    ///
    /// @param admission 0, [StepPlan#ADMITTED] or [StepPlan#RESUMED]
    /// @return tokens beyond the known and the pending ones, which are drafts; negative when the entry does not reach them
    int add(Sequence s, int count, byte admission) {
        if (size == sequences.length) {
            growTo(2 * size);
        }
        onlyRepeats = false;
        int first = s.computed;
        int end = first + count;
        int beyond = end - s.tokens - s.placeholders;
        sequences[size] = s;
        firsts[size] = first;
        counts[size] = count;
        blockIds[size] = s.blockIds;
        flags[size] = (byte) (admission | StepPlan.flags(first < s.contextEnd, beyond >= 0));
        size++;
        s.computed = end;
        s.inFlight++;
        return beyond;
    }

    /// The entry added last verifies draft tokens.
    void setDrafts(int count) {
        drafts = drafts.length < size ? Arrays.copyOf(drafts, sequences.length) : drafts;
        drafts[size - 1] = count;
    }

    /// The entry added last computes encoder inputs.
    void setEncoderInputs(int[] inputs) {
        setEncoderInputs(size - 1, inputs);
    }

    private void setEncoderInputs(int entry, int[] inputs) {
        if (encoderInputs.length <= entry) {
            int before = encoderInputs.length;
            encoderInputs = Arrays.copyOf(encoderInputs, sequences.length);
            Arrays.fill(encoderInputs, before, encoderInputs.length, StepPlan.NONE);
        }
        encoderInputs[entry] = inputs;
    }

    /// An entry computes one more encoder input.
    void addEncoderInput(int entry, int input) {
        int[] before = encoderInputs(entry);
        int[] inputs = Arrays.copyOf(before, before.length + 1);
        inputs[before.length] = input;
        setEncoderInputs(entry, inputs);
    }

    private void growTo(int capacity) {
        sequences = Arrays.copyOf(sequences, capacity);
        firsts = Arrays.copyOf(firsts, capacity);
        counts = Arrays.copyOf(counts, capacity);
        flags = Arrays.copyOf(flags, capacity);
        blockIds = Arrays.copyOf(blockIds, capacity);
    }

    void addPreemption(Preemption preemption) {
        onlyRepeats = false;
        if (preemptions.isEmpty()) {
            preemptions = new ArrayList<>();
        }
        preemptions.add(preemption);
    }

    void addLookUp(int queried, int hit) {
        queriedTokens += queried;
        hitTokens += hit;
    }

    /// Where the sequence's entry stands, −1 when it has none.
    int indexOf(Sequence sequence) {
        for (int i = 0; i < size; i++) {
            if (sequences[i] == sequence) {
                return i;
            }
        }
        return -1;
    }

    Sequence sequence(int entry) {
        return sequences[entry];
    }

    int first(int entry) {
        return firsts[entry];
    }

    int count(int entry) {
        return counts[entry];
    }

    boolean samples(int entry) {
        return (flags[entry] & StepPlan.SAMPLES) != 0;
    }

    int draftCount(int entry) {
        return entry < drafts.length ? drafts[entry] : 0;
    }

    int[] encoderInputs(int entry) {
        return entry < encoderInputs.length ? encoderInputs[entry] : StepPlan.NONE;
    }

    /// Takes an entry out again. Its sequence's state is the caller's business.
    void remove(int entry) {
        onlyRepeats = false;
        int after = size - entry - 1;
        System.arraycopy(sequences, entry + 1, sequences, entry, after);
        System.arraycopy(firsts, entry + 1, firsts, entry, after);
        System.arraycopy(counts, entry + 1, counts, entry, after);
        System.arraycopy(flags, entry + 1, flags, entry, after);
        System.arraycopy(blockIds, entry + 1, blockIds, entry, after);
        removeFrom(drafts, entry, 0);
        removeFrom(encoderInputs, entry);
        size--;
        Arrays.fill(sequences, size, size + 1, null);
    }

    private static void removeFrom(int[] values, int entry, int end) {
        if (entry < values.length) {
            System.arraycopy(values, entry + 1, values, entry, values.length - entry - 1);
            values[values.length - 1] = end;
        }
    }

    private static void removeFrom(int[][] values, int entry) {
        if (entry < values.length) {
            System.arraycopy(values, entry + 1, values, entry, values.length - entry - 1);
            values[values.length - 1] = StepPlan.NONE;
        }
    }

    /// Makes the plan.
    StepPlan build(long iteration, SchedulerConfig config, KvCache kv, Roster roster) {
        StepPlan before = previous;
        StepPlan plan = onlyRepeats && before != null && size == before.size()
                ? repetition(before, iteration, config, kv, roster)
                : fresh(iteration, config, kv, roster);
        Arrays.fill(sequences, size, Math.max(size, previousSize), null);
        previous = plan;
        return plan;
    }

    private StepPlan repetition(
            StepPlan before, long iteration, SchedulerConfig config, KvCache kv, Roster roster) {
        tally.oneTokenFurther();
        StepCounts stepCounts = tally.counts(config, kv, roster, this);
        return before.next(iteration, stepCounts, sameBlockIds ? before.blockIds() : Arrays.copyOf(blockIds, size));
    }

    private StepPlan fresh(long iteration, SchedulerConfig config, KvCache kv, Roster roster) {
        int n = size;
        tally = tally(n);
        return new StepPlan(
                iteration,
                tally.counts(config, kv, roster, this),
                Arrays.copyOf(sequences, n),
                Arrays.copyOf(firsts, n),
                0,
                Arrays.copyOf(counts, n),
                Arrays.copyOf(flags, n),
                Arrays.copyOf(blockIds, n),
                drafts.length == 0 ? StepPlan.NONE : Arrays.copyOf(drafts, n),
                encoderInputs.length == 0 ? StepPlan.NO_ENCODER_INPUTS : planInputs(n),
                preemptions);
    }

    private int[][] planInputs(int n) {
        int[][] inputs = Arrays.copyOf(encoderInputs, n);
        Arrays.fill(inputs, Math.min(n, encoderInputs.length), n, StepPlan.NONE);
        return inputs;
    }

    private Tally tally(int n) {
        Tally tally = new Tally();
        for (int i = 0; i < n; i++) {
            int first = firsts[i];
            int count = counts[i];
            if ((flags[i] & StepPlan.CONTEXT) != 0) {
                tally.context(sequences[i], first, count);
            } else {
                tally.generation(first, count);
            }
        }
        for (int i = 0; i < Math.min(n, drafts.length); i++) {
            tally.draftTokens += drafts[i];
        }
        for (int i = 0; i < Math.min(n, encoderInputs.length); i++) {
            for (int input : encoderInputs[i]) {
                tally.encoderInputs++;
                tally.encoderTokens += sequences[i].request().encoderInputs().get(input).tokens();
            }
        }
        return tally;
    }

    /// The sums over the entries of one step.
    private static final class Tally {
        private int contextRequests;
        private int contextTokens;
        private long contextKvTokens;
        private double attentionPairs;
        private int recomputedTokens;
        private final Spread promptLengths = new Spread();
        private int generationRequests;
        private int generationTokens;
        private final Spread generationLengths = new Spread();
        private int maxKvLength;
        private int draftTokens;
        private int encoderInputs;
        private int encoderTokens;

        void context(Sequence s, int first, int count) {
            contextRequests++;
            contextTokens += count;
            contextKvTokens += first;
            attentionPairs += (double) count * first + 0.5 * count * (count + 1.0);
            promptLengths.add(s.promptTokens);
            maxKvLength = Math.max(maxKvLength, first + count);
            if (first < s.highWater) {
                recomputedTokens += Math.min(first + count, s.highWater) - first;
            }
        }

        void generation(int first, int count) {
            generationRequests++;
            generationTokens += count;
            generationLengths.add(first);
            maxKvLength = Math.max(maxKvLength, first + count);
        }

        /// The same requests, of which none has context work, have one token more each. What varies about their mean stays the same.
        void oneTokenFurther() {
            generationLengths.sum += generationRequests;
            maxKvLength += generationRequests > 0 ? 1 : 0;
        }

        StepCounts counts(SchedulerConfig config, KvCache kv, Roster roster, PlanBuilder plan) {
            return new StepCounts(
                    contextRequests,
                    contextTokens,
                    generationRequests,
                    generationTokens,
                    kv.pool().usedBlocks(),
                    kv.config().usableBlocks(),
                    saturated(kv.heldTokens(roster.computedTokens())),
                    roster.runningCount(),
                    roster.waitingCount(),
                    plan.preemptions.size(),
                    config.maxNumBatchedTokens(),
                    kv.config().blockSize(),
                    saturated(contextKvTokens),
                    attentionPairs,
                    promptLengths.variance(),
                    saturated(generationLengths.sum),
                    generationLengths.variance(),
                    maxKvLength,
                    saturated(roster.queuedTokens()),
                    saturated(roster.queuedKvTokens()),
                    recomputedTokens,
                    plan.queriedTokens,
                    plan.hitTokens,
                    encoderInputs,
                    encoderTokens,
                    draftTokens);
        }

        private static int saturated(long value) {
            return (int) Math.min(Integer.MAX_VALUE, value);
        }
    }

    /// Sum and population variance of lengths. Squares are taken of differences to the first length, so that lengths close
    /// together lose nothing to rounding.
    private static final class Spread {
        private int count;
        private int origin;
        private long sum;
        private long shifted;
        private double squares;

        void add(int value) {
            if (count == 0) {
                origin = value;
            }
            long difference = (long) value - origin;
            count++;
            sum += value;
            shifted += difference;
            squares += (double) difference * difference;
        }

        double variance() {
            return count == 0 ? 0 : Math.max(0, (squares - (double) shifted * shifted / count) / count);
        }
    }
}
