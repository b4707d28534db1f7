package dev.iterscope.engine.backend.cpu;

/// The tokens that one step computes, entry after entry; reused from step to step.
///
/// Token `t` has id [#token], stands at [#position] of its sequence and belongs to entry [#entryOf]. Entry `e` has tokens
/// [first(e), first(e) + count(e)) and its KV in the blocks of [#blocks].
final class StepBatch {
    private final int[] tokens;
    private final int[] positions;
    private final int[] entryOf;
    private final int[] firsts;
    private final int[] counts;
    private final boolean[] samples;
    private final boolean[] context;
    private final int[][] blocks;
    private int size;
    private int entries;
    private int sampled;

    StepBatch(int maxTokens, int maxEntries) {
        tokens = new int[maxTokens];
        positions = new int[maxTokens];
        entryOf = new int[maxTokens];
        firsts = new int[maxEntries];
        counts = new int[maxEntries];
        samples = new boolean[maxEntries];
        context = new boolean[maxEntries];
        blocks = new int[maxEntries][];
    }

    void clear() {
        size = 0;
        entries = 0;
        sampled = 0;
    }

    /// Begins the next entry; its tokens follow by [#add].
    void beginEntry(int[] blockIds, boolean isContext, boolean entrySamples) {
        firsts[entries] = size;
        counts[entries] = 0;
        blocks[entries] = blockIds;
        context[entries] = isContext;
        samples[entries] = entrySamples;
        sampled += entrySamples ? 1 : 0;
        entries++;
    }

    /// Appends a token to the entry begun last.
    void add(int token, int position) {
        tokens[size] = token;
        positions[size] = position;
        entryOf[size] = entries - 1;
        counts[entries - 1]++;
        size++;
    }

    /// Number of tokens.
    int size() {
        return size;
    }

    int entries() {
        return entries;
    }

    /// Number of entries that yield a token.
    int sampled() {
        return sampled;
    }

    int token(int t) {
        return tokens[t];
    }

    int position(int t) {
        return positions[t];
    }

    int entryOf(int t) {
        return entryOf[t];
    }

    int first(int entry) {
        return firsts[entry];
    }

    int count(int entry) {
        return counts[entry];
    }

    boolean isContext(int entry) {
        return context[entry];
    }

    boolean samples(int entry) {
        return samples[entry];
    }

    int[] blocks(int entry) {
        return blocks[entry];
    }
}
