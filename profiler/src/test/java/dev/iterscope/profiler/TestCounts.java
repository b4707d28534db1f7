package dev.iterscope.profiler;

import dev.iterscope.profiler.event.IterationCounts;

/// A step's counts given one by one.
public record TestCounts(
        int iteration,
        int contextRequests,
        int contextTokens,
        int generationRequests,
        int generationTokens,
        int kvBlocksUsed,
        int kvBlocksTotal,
        int kvTokensHeld,
        int runningRequests,
        int waitingRequests,
        int preemptions) implements IterationCounts {

    /// The step that vLLM's proposal for KV-cache figures in the log shows.
    public static final TestCounts PROPOSAL = new TestCounts(188, 0, 0, 50, 50, 3500, 68959, 54210, 50, 0, 0);

    /// Fifty generations joined by two contexts.
    public static final TestCounts MIXED = new TestCounts(7, 2, 7986, 14, 14, 1024, 2048, 16000, 16, 3, 1);

    /// Contexts alone.
    public static final TestCounts CONTEXT = new TestCounts(0, 1, 512, 0, 0, 32, 2048, 512, 1, 0, 0);

    /// A step that keeps a data-parallel rank in lock step.
    public static final TestCounts EMPTY = new TestCounts(9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    /// The same step with another number.
    public TestCounts withIteration(int number) {
        return new TestCounts(
                number,
                contextRequests,
                contextTokens,
                generationRequests,
                generationTokens,
                kvBlocksUsed,
                kvBlocksTotal,
                kvTokensHeld,
                runningRequests,
                waitingRequests,
                preemptions);
    }
}
