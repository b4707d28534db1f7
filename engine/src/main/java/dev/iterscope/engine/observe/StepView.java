package dev.iterscope.engine.observe;

import dev.iterscope.engine.backend.LaunchedOutcome;
import dev.iterscope.engine.schedule.StepCounts;
import dev.iterscope.engine.schedule.StepOutcome;
import dev.iterscope.engine.schedule.StepPlan;
import dev.iterscope.engine.step.StepTiming;
import dev.iterscope.profiler.event.IterationCounts;
import dev.iterscope.profiler.event.IterationDetails;
import org.jspecify.annotations.Nullable;

/// Shows plans to the profiler in its own words. One object is pointed at one step after the other, so nothing is allocated.
final class StepView implements IterationCounts, IterationDetails {
    private @Nullable StepPlan plan;
    private @Nullable StepTiming timing;
    private @Nullable LaunchedOutcome launched;
    private int acceptedTokens;

    /// Points at a step of which only the plan is known.
    StepView of(StepPlan newPlan) {
        plan = newPlan;
        timing = null;
        launched = null;
        return this;
    }

    /// Points at a completed step.
    StepView of(StepPlan newPlan, StepOutcome outcome, StepTiming newTiming) {
        plan = newPlan;
        timing = newTiming;
        launched = outcome instanceof LaunchedOutcome known ? known : null;
        acceptedTokens = newPlan.counts().draftTokens() == 0 ? 0 : acceptedTokens(newPlan, outcome);
        return this;
    }

    /// Tokens beyond the one that each sampling entry yields anyway.
    private static int acceptedTokens(StepPlan plan, StepOutcome outcome) {
        int accepted = 0;
        for (int entry = 0; entry < plan.size(); entry++) {
            accepted += Math.max(0, outcome.tokenCount(entry) - 1);
        }
        return accepted;
    }

    private StepPlan plan() {
        StepPlan current = plan;
        if (current == null) {
            throw new IllegalStateException("not pointed at a step");
        }
        return current;
    }

    private StepTiming timing() {
        StepTiming current = timing;
        if (current == null) {
            throw new IllegalStateException("not pointed at a completed step");
        }
        return current;
    }

    private StepCounts counts() {
        return plan().counts();
    }

    @Override
    public int iteration() {
        return Math.toIntExact(plan().iteration());
    }

    @Override
    public int contextRequests() {
        return counts().contextRequests();
    }

    @Override
    public int contextTokens() {
        return counts().contextTokens();
    }

    @Override
    public int generationRequests() {
        return counts().generationRequests();
    }

    @Override
    public int generationTokens() {
        return counts().generationTokens();
    }

    @Override
    public int kvBlocksUsed() {
        return counts().kvBlocksUsed();
    }

    @Override
    public int kvBlocksTotal() {
        return counts().kvBlocksTotal();
    }

    @Override
    public int kvTokensHeld() {
        return counts().kvTokensHeld();
    }

    @Override
    public int runningRequests() {
        return counts().runningRequests();
    }

    @Override
    public int waitingRequests() {
        return counts().waitingRequests();
    }

    @Override
    public int preemptions() {
        return counts().preemptions();
    }

    @Override
    public int tokenBudget() {
        return counts().tokenBudget();
    }

    @Override
    public int kvTokensAllocated() {
        return counts().kvTokensAllocated();
    }

    @Override
    public int contextKvTokens() {
        return counts().contextKvTokens();
    }

    @Override
    public double contextAttentionPairs() {
        return counts().contextAttentionPairs();
    }

    @Override
    public double contextLengthVariance() {
        return counts().contextLengthVariance();
    }

    @Override
    public int generationKvTokens() {
        return counts().generationKvTokens();
    }

    @Override
    public double generationKvVariance() {
        return counts().generationKvVariance();
    }

    @Override
    public int maxKvLength() {
        return counts().maxKvLength();
    }

    @Override
    public int queuedContextTokens() {
        return counts().queuedContextTokens();
    }

    @Override
    public int queuedKvTokens() {
        return counts().queuedKvTokens();
    }

    @Override
    public int recomputedTokens() {
        return counts().recomputedTokens();
    }

    @Override
    public int prefixQueriedTokens() {
        return counts().prefixQueriedTokens();
    }

    @Override
    public int prefixHitTokens() {
        return counts().prefixHitTokens();
    }

    @Override
    public int encoderInputs() {
        return counts().encoderInputs();
    }

    @Override
    public int encoderTokens() {
        return counts().encoderTokens();
    }

    @Override
    public int draftTokens() {
        return counts().draftTokens();
    }

    @Override
    public int acceptedTokens() {
        return acceptedTokens;
    }

    @Override
    public int paddedTokens() {
        return launched == null ? IterationDetails.super.paddedTokens() : launched.paddedTokens();
    }

    @Override
    public @Nullable String graphMode() {
        return launched == null ? null : launched.graphMode();
    }

    @Override
    public int inFlight() {
        return timing().inFlight();
    }

    @Override
    public long scheduleNanos() {
        return timing().scheduleNanos();
    }

    @Override
    public long submitToResultNanos() {
        return timing().submitToResultNanos();
    }

    @Override
    public long resultWaitNanos() {
        return timing().resultWaitNanos();
    }

    @Override
    public long updateNanos() {
        return timing().updateNanos();
    }

    @Override
    public long idleBeforeNanos() {
        return timing().idleBeforeNanos();
    }
}
