package dev.iterscope.engine.schedule;

import dev.iterscope.engine.kvcache.KvCache;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Collects the entries of a step in arrays that are reused, and turns them into a [StepPlan] with its counts in one pass.
final class PlanBuilder {
    private Sequence[] sequences = new Sequence[16];
    private int[] counts = new int[16];
    private byte[] admissions = new byte[16];
    private int[][] encoderInputs = new int[16][];
    private int size;
    private boolean anyEncoderInput;
    private List<Preemption> preemptions = List.of();
    private int queriedTokens;
    private int hitTokens;

    void start() {
        Arrays.fill(sequences, 0, size, null);
        size = 0;
        anyEncoderInput = false;
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

    void add(Sequence sequence, int count, byte admission, int[] inputs) {
        if (size == sequences.length) {
            sequences = Arrays.copyOf(sequences, 2 * size);
            counts = Arrays.copyOf(counts, 2 * size);
            admissions = Arrays.copyOf(admissions, 2 * size);
            encoderInputs = Arrays.copyOf(encoderInputs, 2 * size);
        }
        sequences[size] = sequence;
        counts[size] = count;
        admissions[size] = admission;
        encoderInputs[size] = inputs;
        anyEncoderInput |= inputs.length > 0;
        size++;
    }

    void addPreemption(Preemption preemption) {
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

    int count(int entry) {
        return counts[entry];
    }

    int[] encoderInputs(int entry) {
        return encoderInputs[entry];
    }

    void remove(int entry) {
        int after = size - entry - 1;
        System.arraycopy(sequences, entry + 1, sequences, entry, after);
        System.arraycopy(counts, entry + 1, counts, entry, after);
        System.arraycopy(admissions, entry + 1, admissions, entry, after);
        System.arraycopy(encoderInputs, entry + 1, encoderInputs, entry, after);
        size--;
        Arrays.fill(sequences, size, size + 1, null);
    }

    /// What the counts need to know besides the entries.
    ///
    /// @param running         requests admitted and not finished
    /// @param waiting         requests waiting
    /// @param queuedTokens    tokens of waiting requests
    /// @param queuedKvTokens  KV tokens that preempted waiting requests had
    /// @param computedBefore  tokens computed of all running requests, before this step
    /// @param asyncDrafts     draft tokens that a generating sequence gets without being told, when planning ahead
    record Surroundings(
            int running, int waiting, long queuedTokens, long queuedKvTokens, long computedBefore, int asyncDrafts) {}

    /// Makes the plan and moves the sequences on: from now on its tokens count as computed.
    StepPlan build(long iteration, SchedulerConfig config, KvCache kv, Surroundings around) {
        int n = size;
        Sequence[] planned = Arrays.copyOf(sequences, n);
        int[] firsts = new int[n];
        int[] tokens = Arrays.copyOf(counts, n);
        byte[] flags = new byte[n];
        int[][] blocks = new int[n][];
        int[] drafts = StepPlan.NONE;
        Tally tally = new Tally();
        boolean async = config.asyncScheduling();
        for (int i = 0; i < n; i++) {
            Sequence s = planned[i];
            int first = s.computed;
            int count = tokens[i];
            int end = first + count;
            boolean context = first < s.contextEnd;
            int beyond = end - s.tokens - s.placeholders;
            boolean samples = beyond >= 0;
            firsts[i] = first;
            blocks[i] = s.table.ids();
            flags[i] = (byte) (admissions[i] | StepPlan.flags(context, samples));
            if (context) {
                tally.context(s, first, count);
            } else {
                tally.generation(first, count);
            }
            if (beyond > 0) {
                drafts = drafts.length == 0 ? new int[n] : drafts;
                drafts[i] = beyond;
                tally.draftTokens += beyond;
            }
            s.computed = end;
            s.inFlight++;
            s.drafts = 0;
            if (async && samples) {
                s.placeholders += 1 + beyond;
                s.drafts = around.asyncDrafts;
            }
        }
        int[][] inputs = anyEncoderInput ? encoderInputs(tally) : StepPlan.NO_ENCODER_INPUTS;
        StepCounts stepCounts = tally.counts(config, kv, around, this);
        return new StepPlan(iteration, stepCounts, planned, firsts, tokens, flags, blocks, drafts, inputs, preemptions);
    }

    private int[][] encoderInputs(Tally tally) {
        int[][] inputs = Arrays.copyOf(encoderInputs, size);
        for (int i = 0; i < size; i++) {
            for (int input : inputs[i]) {
                tally.encoderInputs++;
                tally.encoderTokens += sequences[i].request().encoderInputs().get(input).tokens();
            }
        }
        return inputs;
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

        StepCounts counts(SchedulerConfig config, KvCache kv, Surroundings around, PlanBuilder plan) {
            long computed = around.computedBefore + contextTokens + generationTokens;
            return new StepCounts(
                    contextRequests,
                    contextTokens,
                    generationRequests,
                    generationTokens,
                    kv.pool().usedBlocks(),
                    kv.config().usableBlocks(),
                    saturated(kv.heldTokens(computed)),
                    around.running,
                    around.waiting,
                    plan.preemptions.size(),
                    config.maxNumBatchedTokens(),
                    kv.config().blockSize(),
                    saturated(contextKvTokens),
                    attentionPairs,
                    promptLengths.variance(),
                    saturated(generationLengths.sum),
                    generationLengths.variance(),
                    maxKvLength,
                    saturated(around.queuedTokens),
                    saturated(around.queuedKvTokens),
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
