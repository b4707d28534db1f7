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
    private final int[] tokenCounts;
    private final byte[] flags;
    private final int[][] blockIds;
    private final List<Sequence> preempted;

    private static final byte CONTEXT = 1;
    private static final byte SAMPLES = 2;
    private static final byte ADMITTED = 4;
    private static final byte RESUMED = 8;

    /// Built by the scheduler only; takes ownership of the arrays.
    StepPlan(
            long iteration,
            StepCounts counts,
            Sequence[] sequences,
            int[] firstTokens,
            int[] tokenCounts,
            byte[] flags,
            int[][] blockIds,
            List<Sequence> preempted) {
        this.iteration = iteration;
        this.counts = counts;
        this.sequences = sequences;
        this.firstTokens = firstTokens;
        this.tokenCounts = tokenCounts;
        this.flags = flags;
        this.blockIds = blockIds;
        this.preempted = preempted;
    }

    static byte flags(boolean context, boolean samples, boolean admitted, boolean resumed) {
        return (byte) ((context ? CONTEXT : 0) | (samples ? SAMPLES : 0) | (admitted ? ADMITTED : 0) | (resumed ? RESUMED : 0));
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
        return firstTokens[i];
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

    /// Sequences preempted while this plan was made, in order.
    public List<Sequence> preempted() {
        return preempted;
    }
}
