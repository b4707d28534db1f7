package dev.iterscope.projection.importer.sglang;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;

/// How many decode batches a decode line stands for, seen from the lines themselves: between two of them with as many running requests and
/// no prefill batch in between, nothing began or ended, so the tokens in the KV cache grew by one for each request and batch. Pages of more
/// than one token blur a single pair of lines, several together tell it.
final class DecodeInterval {
    /// SGLang's default.
    static final int DEFAULT = 40;
    private static final int MOST = 10_000;
    private static final int FEWEST_PAIRS = 3;

    private final Map<Integer, Before> before = new HashMap<>();
    private double tokens;
    private double tokensPerBatch;
    private int pairs;

    private record Before(long running, long tokens) {}

    /// A prefill line of a rank.
    void prefill(int rank) {
        before.remove(rank);
    }

    /// A decode line of a rank.
    void decode(int rank, DecodeWindow.Line line) {
        Before last = before.put(rank, new Before(line.running(), line.tokens()));
        if (last != null && last.running() == line.running() && line.running() > 0 && line.tokens() > last.tokens()) {
            tokens += line.tokens() - last.tokens();
            tokensPerBatch += line.running() * line.acceptLength();
            pairs++;
        }
    }

    /// The number of batches; empty where too few pairs of lines tell it.
    OptionalInt seen() {
        return pairs >= FEWEST_PAIRS ? OptionalInt.of(within(Math.round(tokens / tokensPerBatch))) : OptionalInt.empty();
    }

    /// A number of batches that can be.
    static int within(long batches) {
        return (int) Math.clamp(batches, 1L, MOST);
    }
}
