package dev.iterscope.projection.model;

import dev.iterscope.projection.recording.Iteration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/// Follows the sequences of one engine through its steps, from nothing but the counts of each step, starting with an empty engine:
/// which KV a step reads and which query x key pairs it computes.
///
/// Known from scheduling first come, first served: every context request of a step but the last gets all its remaining tokens, so
/// it generates in the next step; the last may have been cut by the token budget. Unknown, and therefore assumed: tokens of a step
/// are shared evenly among the requests that start in it, and of the generating sequences the oldest ends first.
final class CountReplay {
    private final int tokenBudget;
    private final ArrayDeque<double[]> generating = new ArrayDeque<>();
    private final List<double[]> context = new ArrayList<>();
    private boolean lastWasFull;

    /// @param tokenBudget max-num-batched-tokens, or the largest step seen
    CountReplay(int tokenBudget) {
        this.tokenBudget = tokenBudget;
    }

    /// KV tokens that generating sequences read in a step, and query x key pairs of its context chunks.
    record Reads(double generationKvTokens, double contextPairs, double contextTokensHeld) {}

    /// Takes the next step of this engine.
    Reads next(Iteration step) {
        settleContext(step);
        while (generating.size() > step.generationRequests()) {
            generating.pollFirst();
        }
        double kv = 0;
        for (double[] sequence : generating) {
            kv += sequence[0];
            sequence[0] += 1;
        }
        // A log that starts in mid-run shows generating requests that were never seen as context: they count as long as the rest.
        if (!generating.isEmpty() && generating.size() < step.generationRequests()) {
            kv *= (double) step.generationRequests() / generating.size();
        }
        double pairs = 0;
        double fresh = (double) step.contextTokens() / Math.max(1, step.contextRequests());
        for (double[] sequence : context) {
            pairs += fresh * sequence[0] + fresh * (fresh + 1) / 2;
            sequence[0] += fresh;
        }
        lastWasFull = step.scheduledTokens() >= tokenBudget;
        return new Reads(kv, pairs, context.stream().mapToDouble(s -> s[0]).sum());
    }

    /// Decides which context requests of the step before finished their prompts, and brings in new ones.
    private void settleContext(Iteration step) {
        boolean lastCut = lastWasFull && step.contextRequests() > 0 && context.size() + generating.size() > step.generationRequests();
        int done = Math.max(0, context.size() - (lastCut ? 1 : 0));
        for (int i = 0; i < done; i++) {
            generating.addLast(context.removeFirst());
        }
        while (context.size() > step.contextRequests()) {
            generating.addLast(context.removeFirst());
        }
        while (context.size() < step.contextRequests()) {
            context.add(new double[] {0});
        }
    }
}
