package dev.iterscope.profiler.bench;

import dev.iterscope.profiler.event.IterationCounts;
import dev.iterscope.profiler.event.IterationDetails;

/// A step of a batch of generating requests, as an engine shows it: one reused view over counts that the plan has.
final class Step implements IterationCounts, IterationDetails {

    private static final int BLOCKS = 68_959;
    private static final int BLOCK_SIZE = 16;
    private final int requests;
    private int iteration;

    Step(int requests) {
        this.requests = requests;
    }

    /// The next step.
    Step next() {
        iteration++;
        return this;
    }

    @Override
    public int iteration() {
        return iteration;
    }

    @Override
    public int contextRequests() {
        return 0;
    }

    @Override
    public int contextTokens() {
        return 0;
    }

    @Override
    public int generationRequests() {
        return requests;
    }

    @Override
    public int generationTokens() {
        return requests;
    }

    @Override
    public int kvBlocksUsed() {
        return requests * BLOCK_SIZE;
    }

    @Override
    public int kvBlocksTotal() {
        return BLOCKS;
    }

    @Override
    public int kvTokensHeld() {
        return iteration;
    }

    @Override
    public int runningRequests() {
        return requests;
    }

    @Override
    public int waitingRequests() {
        return 0;
    }

    @Override
    public int preemptions() {
        return 0;
    }

    @Override
    public int tokenBudget() {
        return 8192;
    }

    @Override
    public int kvTokensAllocated() {
        return kvBlocksUsed() * BLOCK_SIZE;
    }

    @Override
    public double contextAttentionPairs() {
        return iteration;
    }

    @Override
    public int generationKvTokens() {
        return iteration;
    }

    @Override
    public String graphMode() {
        return "NONE";
    }

    @Override
    public long submitToResultNanos() {
        return iteration;
    }

    @Override
    public long resultWaitNanos() {
        return iteration;
    }
}
