package dev.iterscope.profiler.nvtx;

import static dev.iterscope.profiler.nvtx.TextBuffer.piece;

import dev.iterscope.profiler.event.IterationCounts;

/// The two texts of a step.
final class StepText {

    private static final byte[] EXECUTE_CONTEXT = piece("execute_context_");
    private static final byte[] GENERATION = piece(")_generation_");
    private static final byte[] ITER = piece("iter=");
    private static final byte[] CTX = piece(" ctx=");
    private static final byte[] GEN = piece(" gen=");
    private static final byte[] KV = piece(" kv=");
    private static final byte[] HELD = piece(" held=");
    private static final byte[] RUN = piece(" run=");
    private static final byte[] WAIT = piece(" wait=");
    private static final byte[] PREEMPT = piece(" preempt=");

    private StepText() {}

    /// vLLM's text, as its GPU worker annotates a step: `execute_context_0(0)_generation_50(50)`.
    static void vllm(IterationCounts counts, TextBuffer into) {
        into.clear()
                .append(EXECUTE_CONTEXT)
                .append(counts.contextRequests())
                .append('(')
                .append(counts.contextTokens())
                .append(GENERATION)
                .append(counts.generationRequests())
                .append('(')
                .append(counts.generationTokens())
                .append(')');
    }

    /// All that the iteration's event carries, requests/tokens and used/total blocks:
    /// `iter=188 ctx=0/0 gen=50/50 kv=3500/68959 5.1% held=54210 run=50 wait=0 preempt=0`.
    static void full(IterationCounts counts, TextBuffer into) {
        into.clear()
                .append(ITER)
                .append(counts.iteration())
                .append(CTX)
                .append(counts.contextRequests())
                .append('/')
                .append(counts.contextTokens())
                .append(GEN)
                .append(counts.generationRequests())
                .append('/')
                .append(counts.generationTokens())
                .append(KV)
                .append(counts.kvBlocksUsed())
                .append('/')
                .append(counts.kvBlocksTotal())
                .append(' ')
                .appendPercent(counts.kvBlocksUsed(), counts.kvBlocksTotal())
                .append(HELD)
                .append(counts.kvTokensHeld())
                .append(RUN)
                .append(counts.runningRequests())
                .append(WAIT)
                .append(counts.waitingRequests())
                .append(PREEMPT)
                .append(counts.preemptions());
    }
}
