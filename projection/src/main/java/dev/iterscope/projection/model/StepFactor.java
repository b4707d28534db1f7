package dev.iterscope.projection.model;

import dev.iterscope.engine.schedule.StepCounts;
import java.util.SplittableRandom;

/// A factor on the time that the physical terms give a step. No allocation.
final class StepFactor {
    private final double[] generation;
    private final double[] context;
    private final Beyond beyond;
    private final Scatter scatter;

    /// @param generation by node of [LeftOver], for steps that only generate
    /// @param context    the same for steps with context work
    /// @param beyond     what holds for more than was recorded
    /// @param scatter    how single steps scatter
    StepFactor(double[] generation, double[] context, Beyond beyond, Scatter scatter) {
        this.generation = generation;
        this.context = context;
        this.beyond = beyond;
        this.scatter = scatter;
    }

    /// What a step of this size takes more, and how it scatters.
    double of(StepCounts counts) {
        return ofSize(counts.contextRequests() > 0, counts.scheduledTokens()) * scatter.of(counts);
    }

    /// How the dense layers depart for so many tokens.
    double dense(double tokens) {
        return departure(beyond.dense(), tokens / beyond.tokens());
    }

    /// How the attention of context chunks departs for so many pairs.
    double contextAttention(double pairs) {
        return departure(beyond.contextAttention(), pairs / beyond.pairs());
    }

    /// How the attention of generating sequences departs for so many KV tokens.
    double generationAttention(double kvTokens) {
        return departure(beyond.generationAttention(), kvTokens / beyond.kvTokens());
    }

    private static double departure(double perDoubling, double times) {
        return times <= 1 || perDoubling == 0 ? 1 : Math.exp(perDoubling * Math.log(times) / Math.log(2));
    }

    /// The part that depends on the size alone.
    double ofSize(boolean contextStep, double tokens) {
        return (contextStep ? context : generation)[LeftOver.node((int) tokens)];
    }

    /// Largest quantities that were recorded, and how a draw departs from the prediction beyond them: logarithms of a factor for each
    /// doubling.
    ///
    /// @param tokens              scheduled tokens
    /// @param pairs               query x key pairs
    /// @param kvTokens            KV tokens read for generating sequences
    /// @param dense               of the dense layers
    /// @param contextAttention    of the attention of context chunks
    /// @param generationAttention of the attention of generating sequences
    record Beyond(
            double tokens, double pairs, double kvTokens, double dense, double contextAttention, double generationAttention) {
        static final Beyond NONE = new Beyond(1, 1, 1, 0, 0, 0);

        static Beyond of(Iterable<StepSamples.Sample> samples) {
            Beyond most = NONE;
            for (StepSamples.Sample sample : samples) {
                for (StepWork step : sample.steps()) {
                    most = most.with(step);
                }
            }
            return most;
        }

        /// The same with one more step recorded.
        Beyond with(StepWork step) {
            return new Beyond(Math.max(tokens, step.tokens()), Math.max(pairs, step.pairs()), Math.max(kvTokens, step.kvTokens()), dense,
                    contextAttention, generationAttention);
        }

        /// A draw.
        ///
        /// @param deviation standard deviation a doubling
        Beyond drawn(double deviation, SplittableRandom random) {
            return new Beyond(tokens, pairs, kvTokens, deviation * random.nextGaussian(), deviation * random.nextGaussian(),
                    deviation * random.nextGaussian());
        }
    }

    /// How single steps scatter around their prediction, drawn from how the recorded ones did. The draw depends on the step's counts alone,
    /// so that a step that occurs under two settings scatters alike in both.
    static final class Scatter {
        static final Scatter NONE = new Scatter(new double[0], 0);

        private final double[] quantiles;
        private final long seed;

        /// @param quantiles factors at equally spaced shares of the recorded steps, ascending; empty for none
        /// @param seed      of the draw
        Scatter(double[] quantiles, long seed) {
            this.quantiles = quantiles;
            this.seed = seed;
        }

        /// @param random where the seed comes from
        static Scatter of(double[] quantiles, SplittableRandom random) {
            return new Scatter(quantiles, random.nextLong());
        }

        double of(StepCounts counts) {
            if (quantiles.length == 0) {
                return 1;
            }
            long hash = seed + counts.kvTokensHeld() * 0x9E3779B97F4A7C15L + counts.generationKvTokens() * 0xC2B2AE3D27D4EB4FL
                    + counts.scheduledTokens() * 0x165667B19E3779F9L + counts.scheduledRequests() * 0xD6E8FEB86659FD93L;
            hash = (hash ^ (hash >>> 30)) * 0xBF58476D1CE4E5B9L;
            hash = (hash ^ (hash >>> 27)) * 0x94D049BB133111EBL;
            hash ^= hash >>> 31;
            return quantiles[(int) Long.remainderUnsigned(hash, quantiles.length)];
        }
    }
}
