package dev.iterscope.engine.schedule;

import java.util.Random;

/// Seeded tokens for a plan: one per sampling entry, with draft tokens up to one more than were drafted.
public final class RandomOutcome implements StepOutcome {
    private final int[][] tokens;
    private final int[] drafts;

    public RandomOutcome(StepPlan plan, int speculativeTokens, Random random) {
        tokens = new int[plan.size()][];
        drafts = new int[plan.size()];
        for (int i = 0; i < plan.size(); i++) {
            int count = plan.samples(i) ? 1 + (plan.draftCount(i) > 0 ? random.nextInt(plan.draftCount(i) + 1) : 0) : 0;
            tokens[i] = random.ints(count, 0, 100).toArray();
            drafts[i] = speculativeTokens == 0 ? 0 : random.nextInt(speculativeTokens + 1);
        }
    }

    @Override
    public int tokenCount(int entry) {
        return tokens[entry].length;
    }

    @Override
    public int token(int entry, int k) {
        return tokens[entry][k];
    }

    @Override
    public int draftCount(int entry) {
        return drafts[entry];
    }
}
