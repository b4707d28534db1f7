package dev.iterscope.projection.importer.trace;

import dev.iterscope.projection.importer.source.Cursor;
import dev.iterscope.projection.importer.source.IterationDraft;
import dev.iterscope.projection.recording.Iteration.Mark;

/// Reads the texts with which engines annotate their steps in profilers.
///
/// - vLLM's range: `execute_context_2(7986)_generation_14(14)`, requests and tokens;
/// - vLLM's richer one: `execute_8192_context_9(sq8155sk8430sqsq7475785sqsk7671310)_generation_37(sq37sk34489sqsq37sqsk34489)`, padded
///   tokens, then for each phase the requests and sums over them of query length, key length, query² and query x key;
/// - its older form `execute_context_1(888_788544)_generation_0(0)`, tokens and tokens²;
/// - SGLang's `step[DECODE bs=32]` and `step[EXTEND bs=15 toks=15360]`;
/// - ours, which says all that the iteration's event says:
///   `iter=188 ctx=0/0 gen=50/50 kv=3500/68959 5.1% held=54210 run=50 wait=0 preempt=0`.
///
/// A text may have other things before and behind (PyTorch's NVTX ranges end in `, op_id = 7`). Not thread-safe.
public final class StepLabels {

    private static final String EXECUTE = "execute_";
    private static final String CONTEXT = "context_";
    private static final String GENERATION = "_generation_";
    private static final String SGLANG = "step[";
    private static final String ITERSCOPE = "iter=";

    private final Cursor cursor = new Cursor();
    private final Phase context = new Phase();
    private final Phase generation = new Phase();

    /// Whose words a text is in.
    public enum Form {
        /// No engine's.
        NONE,
        /// vLLM's.
        VLLM,
        /// SGLang's, with counts.
        SGLANG,
        /// SGLang's, but of a step whose tokens are not told apart by phase.
        SGLANG_UNDIVIDED,
        /// Our engine's full text.
        ITERSCOPE
    }

    /// What a phase's brackets say; -1 for what they do not.
    private static final class Phase {
        private long requests;
        private long tokens;
        private long keys;
        private long squares;
        private long pairs;
    }

    /// Reads a text.
    ///
    /// @param into takes what it says; untouched where the result is [Form#NONE] or [Form#SGLANG_UNDIVIDED]
    public Form read(String text, IterationDraft into) {
        int vllm = text.indexOf(EXECUTE);
        if (vllm >= 0) {
            return readVllm(text, vllm + EXECUTE.length(), into) ? Form.VLLM : Form.NONE;
        }
        int ours = text.indexOf(ITERSCOPE);
        if (ours >= 0) {
            return readOurs(text, ours + ITERSCOPE.length(), into) ? Form.ITERSCOPE : Form.NONE;
        }
        int sglang = text.indexOf(SGLANG);
        return sglang >= 0 ? readSglang(text, sglang + SGLANG.length(), into) : Form.NONE;
    }

    private boolean readVllm(String text, int at, IterationDraft into) {
        cursor.on(text, at);
        long padded = -1;
        if (cursor.number()) {
            padded = cursor.integer();
            if (!cursor.literal("_")) {
                return false;
            }
        }
        if (!cursor.literal(CONTEXT) || !readPhase(context) || !cursor.literal(GENERATION) || !readPhase(generation)
                || !into.counts(context.requests, context.tokens, generation.requests, generation.tokens)) {
            return false;
        }
        into.detail().paddedTokens(padded);
        if (context.keys >= context.tokens) {
            into.detail().contextKvTokens(context.keys - context.tokens);
        }
        if (generation.keys >= generation.tokens) {
            into.detail().generationKvTokens(generation.keys - generation.tokens);
        }
        if (context.pairs >= context.squares && context.squares >= 0) {
            // A query sees what was there before its chunk and, causally, half of its own chunk.
            into.detail().contextAttentionPairs(context.pairs - context.squares + (context.squares + context.tokens) / 2.0);
        }
        return true;
    }

    /// `9(8155)`, `9(8155_7475785)` or `9(sq8155sk8430sqsq7475785sqsk7671310)`.
    private boolean readPhase(Phase phase) {
        phase.keys = -1;
        phase.squares = -1;
        phase.pairs = -1;
        if (!cursor.number()) {
            return false;
        }
        phase.requests = cursor.integer();
        if (!cursor.literal("(")) {
            return false;
        }
        boolean sums = cursor.literal("sq");
        if (!cursor.number()) {
            return false;
        }
        phase.tokens = cursor.integer();
        if (sums) {
            if (!cursor.literal("sk") || !cursor.number()) {
                return false;
            }
            phase.keys = cursor.integer();
            if (!cursor.literal("sqsq") || !cursor.number()) {
                return false;
            }
            phase.squares = cursor.integer();
            if (!cursor.literal("sqsk") || !cursor.number()) {
                return false;
            }
            phase.pairs = cursor.integer();
        } else if (cursor.literal("_") && !cursor.number()) {
            return false;
        }
        return cursor.literal(")");
    }

    private Form readSglang(String text, int at, IterationDraft into) {
        cursor.on(text, at);
        if (cursor.literal("IDLE")) {
            into.mark(Mark.DUMMY);
            return Form.SGLANG;
        }
        boolean decode = cursor.literal("DECODE bs=") || cursor.literal("TARGET_VERIFY bs=");
        boolean extend = !decode && cursor.literal("EXTEND bs=");
        if (!decode && !extend) {
            return Form.SGLANG_UNDIVIDED;
        }
        if (!cursor.number()) {
            return Form.NONE;
        }
        long requests = cursor.integer();
        long tokens = requests;
        if (cursor.literal(" toks=")) {
            if (!cursor.number()) {
                return Form.NONE;
            }
            tokens = cursor.integer();
        } else if (extend) {
            return Form.SGLANG_UNDIVIDED;
        }
        boolean said = decode ? into.counts(0, 0, requests, tokens) : into.counts(requests, tokens, 0, 0);
        return said && cursor.literal("]") ? Form.SGLANG : Form.NONE;
    }

    private boolean readOurs(String text, int at, IterationDraft into) {
        long[] numbers = new long[10];
        String[] between = {" ctx=", "/", " gen=", "/", " kv=", "/"};
        cursor.on(text, at);
        for (int i = 0; i <= between.length; i++) {
            if ((i > 0 && !cursor.literal(between[i - 1])) || !cursor.number()) {
                return false;
            }
            numbers[i] = cursor.integer();
        }
        if (!cursor.literal(" ") || !cursor.fraction() || !cursor.literal("%")) {
            return false;
        }
        String[] queues = {" held=", " run=", " wait=", " preempt="};
        long[] values = new long[queues.length];
        for (int i = 0; i < queues.length; i++) {
            if (!cursor.literal(queues[i]) || !cursor.number()) {
                return false;
            }
            values[i] = cursor.integer();
        }
        if (!into.counts(numbers[1], numbers[2], numbers[3], numbers[4])) {
            return false;
        }
        into.number(numbers[0]).kvBlocksUsed(numbers[5]).kvBlocksTotal(numbers[6]).kvTokensHeld(values[0]);
        into.kvShare(numbers[6] == 0 ? 0 : numbers[5] / (double) numbers[6]);
        into.runningRequests(values[1]).waitingRequests(values[2]).preemptions(values[3]);
        return true;
    }
}
