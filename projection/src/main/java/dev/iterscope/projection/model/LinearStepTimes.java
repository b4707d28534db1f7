package dev.iterscope.projection.model;

import dev.iterscope.engine.schedule.StepCounts;
import dev.iterscope.engine.schedule.StepPlan;
import dev.iterscope.engine.step.StepTimes;

/// Step times as a sum over the terms of [StepTerm]. A few dozen operations; no allocation but where a draw meets steps that are not determined.
final class LinearStepTimes implements StepTimes {
    private final DenseShape shape;
    private final double fixed;
    private final double dense;
    private final double knee;
    private final double pair;
    private final double kvToken;
    private final double request;
    private final double contextStep;
    private final HostCost host;
    private final StepFactor factor;
    private final OpenSteps open;

    /// @param coefficients nanoseconds per unit of each term
    /// @param shape        shape of the dense layers
    /// @param factor       what the terms leave over
    /// @param open         what is not determined
    /// @param host         time of the host
    LinearStepTimes(double[] coefficients, DenseShape shape, StepFactor factor, OpenSteps open, HostCost host) {
        this.open = open;
        this.factor = factor;
        this.shape = shape;
        this.fixed = coefficients[StepTerm.FIXED.index()];
        this.dense = coefficients[StepTerm.DENSE.index()];
        this.knee = coefficients[StepTerm.DENSE_KNEE.index()];
        this.pair = coefficients[StepTerm.CONTEXT_ATTENTION.index()];
        this.kvToken = coefficients[StepTerm.GENERATION_ATTENTION.index()];
        this.request = coefficients[StepTerm.REQUESTS.index()];
        this.contextStep = coefficients[StepTerm.CONTEXT_STEP.index()];
        this.host = host;
    }

    @Override
    public long deviceNanos(StepPlan plan) {
        return deviceNanos(plan.counts());
    }

    /// The same from the counts alone.
    long deviceNanos(StepCounts counts) {
        int tokens = counts.scheduledTokens();
        double pairs = counts.contextAttentionPairs();
        int kvTokens = counts.generationKvTokens();
        double nanos = fixed
                + (dense * shape.dense(tokens) + knee * shape.kneePart(tokens)) * factor.dense(tokens)
                + pair * pairs * factor.contextAttention(pairs)
                + kvToken * kvTokens * factor.generationAttention(kvTokens)
                + request * shape.requests(counts.scheduledRequests());
        if (counts.contextRequests() > 0) {
            nanos += contextStep;
        }
        return Math.max(1, (long) (nanos * factor.of(counts) * open.of(counts, nanos)));
    }

    @Override
    public long hostNanos(StepPlan plan) {
        return host.nanos(plan.counts().scheduledRequests());
    }
}
