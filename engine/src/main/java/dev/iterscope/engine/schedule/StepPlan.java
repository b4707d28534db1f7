package dev.iterscope.engine.schedule;

import java.util.List;

/// What one step executes: for each scheduled sequence, which tokens, and the counts of the whole. Immutable once planned; a
/// structure of arrays, so that planning a step of 256 sequences allocates a handful of objects.
///
/// Entry `i` computes the tokens at positions [firstToken(i), firstToken(i) + tokenCount(i)) of its sequence. Entries stand in the
/// order in which the scheduler visited them.
public final class StepPlan {
    private final long iteration;
    private final StepCounts counts;
    private final Sequence[] sequences;
    private final int[] firstTokens;
    /// What is to be added to each of the first tokens.
    private final int shift;
    private final int[] tokenCounts;
    private final byte[] flags;
    private final int[][] blockIds;
    private final int[] draftCounts;
    private final int[][] encoderInputs;
    private final List<Preemption> preemptions;

    static final int[] NONE = new int[0];
    static final int[][] NO_ENCODER_INPUTS = new int[0][];

    static final byte CONTEXT = 1;
    static final byte SAMPLES = 2;
    static final byte ADMITTED = 4;
    static final byte RESUMED = 8;

    /// Built by the scheduler only; takes ownership of the arrays. `draftCounts` and `encoderInputs` are empty when no entry has any.
    StepPlan(
            long iteration,
            StepCounts counts,
            Sequence[] sequences,
            int[] firstTokens,
            int shift,
            int[] tokenCounts,
            byte[] flags,
            int[][] blockIds,
            int[] draftCounts,
            int[][] encoderInputs,
            List<Preemption> preemptions) {
        this.iteration = iteration;
        this.counts = counts;
        this.sequences = sequences;
        this.firstTokens = firstTokens;
        this.shift = shift;
        this.tokenCounts = tokenCounts;
        this.flags = flags;
        this.blockIds = blockIds;
        this.draftCounts = draftCounts;
        this.encoderInputs = encoderInputs;
        this.preemptions = preemptions;
    }

    /// The plan in which every entry of this one computes one token again, the next. Shares all else with this one.
    ///
    /// @param nextBlockIds block ids of the entries; this plan's own array where all have the same as here
    StepPlan next(long nextIteration, StepCounts nextCounts, int[][] nextBlockIds) {
        return new StepPlan(
                nextIteration,
                nextCounts,
                sequences,
                firstTokens,
                shift + 1,
                tokenCounts,
                flags,
                nextBlockIds,
                NONE,
                NO_ENCODER_INPUTS,
                List.of());
    }

    static byte flags(boolean context, boolean samples) {
        return (byte) ((context ? CONTEXT : 0) | (samples ? SAMPLES : 0));
    }

    /// Number of the step, from 1.
    public long iteration() {
        return iteration;
    }

    /// The step in numbers.
    public StepCounts counts() {
        return counts;
    }

    /// Number of entries.
    public int size() {
        return sequences.length;
    }

    /// True when the step computes nothing.
    public boolean isEmpty() {
        return sequences.length == 0;
    }

    /// The sequence of entry `i`. Its state may have moved on since: read from it only what never changes (request, number).
    public Sequence sequence(int i) {
        return sequences[i];
    }

    /// Position of the first token that entry `i` computes: the tokens whose KV is there already.
    public int firstToken(int i) {
        return firstTokens[i] + shift;
    }

    /// Number of tokens that entry `i` computes, at least 1.
    public int tokenCount(int i) {
        return tokenCounts[i];
    }

    /// True when entry `i` is context work, false when it generates.
    public boolean isContext(int i) {
        return (flags[i] & CONTEXT) != 0;
    }

    /// True when entry `i` reaches the end of its known tokens and so yields a token.
    public boolean samples(int i) {
        return (flags[i] & SAMPLES) != 0;
    }

    /// True when entry `i` was admitted in this step for the first time.
    public boolean isNew(int i) {
        return (flags[i] & ADMITTED) != 0;
    }

    /// True when entry `i` was admitted in this step after a preemption.
    public boolean isResumed(int i) {
        return (flags[i] & RESUMED) != 0;
    }

    /// Block ids of entry `i`, in order of position. The array is shared and may be longer than needed: only the first
    /// ceil((firstToken + tokenCount) / blockSize) elements belong to this step; they never change. Not to be written to.
    public int[] blockIds(int i) {
        return blockIds[i];
    }

    /// Draft tokens that entry `i` verifies, the last of its tokens.
    public int draftCount(int i) {
        return draftCounts.length == 0 ? 0 : draftCounts[i];
    }

    /// Indices of the request's encoder inputs that entry `i` computes before its tokens. Not to be written to.
    public int[] encoderInputs(int i) {
        return encoderInputs.length == 0 ? NONE : encoderInputs[i];
    }

    int[][] blockIds() {
        return blockIds;
    }

    /// What was preempted while this plan was made, in order.
    public List<Preemption> preemptions() {
        return preemptions;
    }
}
