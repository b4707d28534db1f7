package dev.iterscope.engine.backend.cpu;

import dev.iterscope.engine.request.SamplingParams;

/// Chooses the next token from a row of logits: greedily, or at random by temperature, then top-k, then top-p, as vLLM orders them.
///
/// The random number for a position is a pure function of the request's seed and the position, so that a sequence gets the same tokens
/// however it is batched, preempted and computed again. Sums run in double precision in a fixed order. Used by one thread.
final class Sampler {
    private final int vocabulary;
    private final float[] weights;
    private final int[] heap;

    Sampler(int vocabulary) {
        this.vocabulary = vocabulary;
        weights = new float[vocabulary];
        heap = new int[vocabulary];
    }

    /// Bytes that such an object needs.
    static long bytes(int vocabulary) {
        return (long) vocabulary * (Float.BYTES + Integer.BYTES);
    }

    /// The token for `position` of a sequence, from the logits that begin at `from`.
    int choose(float[] logits, int from, SamplingParams params, int position) {
        int best = greedy(logits, from, vocabulary);
        if (params.isGreedy()) {
            return best;
        }
        float max = logits[from + best];
        for (int i = 0; i < vocabulary; i++) {
            weights[i] = FastExp.exp((logits[from + i] - max) / params.temperature());
        }
        double random = random(params.seed(), position);
        boolean all = (params.topK() == 0 || params.topK() >= vocabulary) && params.topP() >= 1;
        return all ? fromAll(random) : fromBest(params, random);
    }

    /// The index of the largest logit; of equal ones the lowest.
    static int greedy(float[] logits, int from, int count) {
        int best = 0;
        float max = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            if (logits[from + i] > max) {
                max = logits[from + i];
                best = i;
            }
        }
        return best;
    }

    private int fromAll(double random) {
        double left = random * total(vocabulary);
        for (int i = 0; i < vocabulary; i++) {
            left -= weights[i];
            if (left < 0) {
                return i;
            }
        }
        return vocabulary - 1;
    }

    private double total(int count) {
        double total = 0;
        for (int i = 0; i < count; i++) {
            total += weights[i];
        }
        return total;
    }

    /// Takes candidates in descending order from a heap, until there are `topK` or they hold `topP` of the top-k candidates' mass.
    private int fromBest(SamplingParams params, double random) {
        int limit = params.topK() == 0 ? vocabulary : Math.min(params.topK(), vocabulary);
        buildHeap();
        // The best candidates gather behind the shrinking heap, the best of all last.
        int size = vocabulary;
        double mass = 0;
        if (limit < vocabulary) {
            for (int taken = 0; taken < limit; taken++) {
                mass += weights[pop(size--)];
            }
        } else {
            mass = total(vocabulary);
        }
        double kept = 0;
        int candidates = 0;
        while (candidates < limit && (candidates == 0 || kept < params.topP() * mass)) {
            if (vocabulary - size <= candidates) {
                pop(size--);
            }
            kept += weights[heap[vocabulary - 1 - candidates]];
            candidates++;
        }
        double left = random * kept;
        for (int i = 0; i < candidates; i++) {
            int token = heap[vocabulary - 1 - i];
            left -= weights[token];
            if (left < 0) {
                return token;
            }
        }
        return heap[vocabulary - candidates];
    }

    private void buildHeap() {
        for (int i = 0; i < vocabulary; i++) {
            heap[i] = i;
        }
        for (int i = vocabulary / 2 - 1; i >= 0; i--) {
            sink(i, vocabulary);
        }
    }

    /// Moves the best token of a heap of `size` behind it.
    private int pop(int size) {
        int best = heap[0];
        heap[0] = heap[size - 1];
        heap[size - 1] = best;
        sink(0, size - 1);
        return best;
    }

    private void sink(int start, int size) {
        int at = start;
        while (true) {
            int child = 2 * at + 1;
            if (child >= size) {
                return;
            }
            if (child + 1 < size && before(heap[child + 1], heap[child])) {
                child++;
            }
            if (!before(heap[child], heap[at])) {
                return;
            }
            int swapped = heap[at];
            heap[at] = heap[child];
            heap[child] = swapped;
            at = child;
        }
    }

    /// Heavier first; of equal weight the lower id.
    private boolean before(int a, int b) {
        return weights[a] > weights[b] || (weights[a] == weights[b] && a < b);
    }

    /// Uniform in [0, 1): SplitMix64 (Steele, Lea, Flood, OOPSLA 2014) of seed and position.
    static double random(long seed, int position) {
        long z = seed * 0x9E3779B97F4A7C15L + (position + 1L) * 0xD1342543DE82EF95L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return ((z ^ (z >>> 31)) >>> 11) * 0x1p-53;
    }
}
