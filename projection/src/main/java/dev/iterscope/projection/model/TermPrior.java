package dev.iterscope.projection.model;

import java.util.Arrays;
import java.util.Optional;
import java.util.SplittableRandom;

/// What the terms of a typical step may cost before any time is looked at, as shares of that step: a mean and a standard deviation each. It
/// decides only what the batches leave open.
///
/// Nothing being known, every term may cost as much as the whole step. Where the architecture is known, the roofline ties attention to the dense
/// layers: both multiply on the same units and read the same memory. For its arithmetic, or its bytes, attention takes about twice as long as the dense
/// layers, eight times at most (a deviation of three; the measured kernels of an RTX 4090 and an H100 lie between 1.1 and 1.7, see `TermPriorTest`). The dense
/// layers in turn cost no more than the cheapest steps leave them. So where a step holds few query x key pairs, or few KV tokens, for its tokens and
/// weights, attention cannot be most of it, however much the batches are alike.
final class TermPrior {
    /// A term may cost as much as a typical step.
    private static final double ANYTHING = 1.0;
    /// Time of a FLOP or byte of attention over that of the dense layers: mean and deviation.
    static final double ATTENTION_SLOWER = 2;
    static final double ATTENTION_SLOWER_DEVIATION = 3;

    private final double[] mean;
    private final double[] deviation;

    private TermPrior(double[] mean, double[] deviation) {
        this.mean = mean;
        this.deviation = deviation;
    }

    /// What a step's time is made of where nothing is known: mostly the dense layers.
    static TermPrior anything() {
        double[] mean = new double[StepTerm.COUNT];
        mean[StepTerm.FIXED.index()] = 0.1;
        mean[StepTerm.DENSE.index()] = 0.6;
        mean[StepTerm.CONTEXT_ATTENTION.index()] = 0.1;
        mean[StepTerm.GENERATION_ATTENTION.index()] = 0.1;
        mean[StepTerm.REQUESTS.index()] = 0.1;
        double[] deviation = new double[StepTerm.COUNT];
        Arrays.fill(deviation, ANYTHING);
        return new TermPrior(mean, deviation);
    }

    /// The prior for a design whose quantities have these typical values.
    ///
    /// @param scale         typical quantity of each term in a sample
    /// @param typical       typical time of a sample, nanoseconds
    /// @param shortestStep  time of the shortest steps, nanoseconds: reading the weights takes no longer
    /// @param cheapestToken least time of a step by its tokens, nanoseconds: a token's arithmetic takes no longer
    /// @param work          the architecture's work, where known
    static TermPrior of(double[] scale, double typical, double shortestStep, double cheapestToken, Optional<TermWork> work) {
        TermPrior prior = anything();
        work.ifPresent(known -> {
            double pairNanos = cheapestToken * known.pairFlops() / known.denseFlops();
            double kvTokenNanos = shortestStep * known.kvBytes() / known.weightBytes();
            prior.limit(StepTerm.CONTEXT_ATTENTION, pairNanos * scale[StepTerm.CONTEXT_ATTENTION.index()] / typical);
            prior.limit(StepTerm.GENERATION_ATTENTION, kvTokenNanos * scale[StepTerm.GENERATION_ATTENTION.index()] / typical);
        });
        return prior;
    }

    /// @param share what the term would cost at the dense layers' rate, as a share of a typical step
    private void limit(StepTerm term, double share) {
        if (share > 0 && ATTENTION_SLOWER_DEVIATION * share < ANYTHING) {
            mean[term.index()] = Math.min(mean[term.index()], ATTENTION_SLOWER * share);
            deviation[term.index()] = ATTENTION_SLOWER_DEVIATION * share;
        }
    }

    /// Mean of a term.
    double mean(int term) {
        return mean[term];
    }

    /// Standard deviation of a term.
    double deviation(int term) {
        return deviation[term];
    }

    /// Means of all terms.
    double[] means() {
        return mean.clone();
    }

    /// Splits a typical step at random among the terms, as far as each may go: what the data do not decide may be anything.
    double[] drawn(SplittableRandom random) {
        double[] drawn = new double[mean.length];
        double sum = 0;
        for (int j = 0; j < drawn.length; j++) {
            drawn[j] = mean[j] > 0 ? -Math.log(1 - random.nextDouble()) : 0;
            sum += drawn[j];
        }
        for (int j = 0; j < drawn.length; j++) {
            drawn[j] *= deviation[j] / sum;
        }
        return drawn;
    }
}
