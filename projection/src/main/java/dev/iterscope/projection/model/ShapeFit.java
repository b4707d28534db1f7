package dev.iterscope.projection.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/// The terms fitted under one shape of the dense layers, and what they leave over.
final class ShapeFit {
    private static final int MOST_BLOCKS = 60;
    private static final int FEWEST_PER_BLOCK = 5;

    private final DenseShape shape;
    private final boolean[] terms;
    private final DesignRows design;
    private final RobustFit fit;
    private final List<RobustFit.Normal> blocks;
    private final LeftOver leftOver;
    private final double[] scatter;
    private final double error;

    private ShapeFit(
            DenseShape shape,
            boolean[] terms,
            DesignRows design,
            RobustFit fit,
            List<RobustFit.Normal> blocks,
            LeftOver leftOver,
            double[] scatter,
            double error) {
        this.shape = shape;
        this.terms = terms;
        this.design = design;
        this.fit = fit;
        this.blocks = blocks;
        this.leftOver = leftOver;
        this.scatter = scatter;
        this.error = error;
    }

    /// The shape.
    DenseShape shape() {
        return shape;
    }

    /// Which terms are fitted.
    boolean[] terms() {
        return terms;
    }

    /// The steps.
    DesignRows design() {
        return design;
    }

    /// The fit.
    RobustFit fit() {
        return fit;
    }

    /// What the terms leave over.
    LeftOver leftOver() {
        return leftOver;
    }

    /// Measured over predicted time of the steps, ascending.
    double[] scatter() {
        return scatter;
    }

    /// Relative error on steps left out, by which shapes are chosen.
    double error() {
        return error;
    }

    static ShapeFit of(
            List<StepSamples.Sample> samples, Optional<TermWork> work, DenseShape shape, boolean[] terms, double error) {
        DesignRows design = DesignRows.of(samples, shape, work);
        boolean[] all = new boolean[design.size()];
        Arrays.fill(all, true);
        RobustFit fit = RobustFit.fit(design, all, terms);
        double[] predicted = new double[design.size()];
        for (int i = 0; i < predicted.length; i++) {
            predicted[i] = design.predict(i, fit.shares());
        }
        LeftOver leftOver = LeftOver.of(samples, predicted, fit.deviation());
        double[] scatter = new double[design.size()];
        StepFactor factor = leftOver.mean();
        for (int i = 0; i < scatter.length; i++) {
            scatter[i] = design.nanos()[i] / Math.max(1, predicted[i] * factorOf(samples.get(i), factor));
        }
        Arrays.sort(scatter);
        return new ShapeFit(shape, terms, design, fit, blocks(design, fit), leftOver, scatter, error);
    }

    /// The factor on a sample: steps that are timed only together have none.
    static double factorOf(StepSamples.Sample sample, StepFactor factor) {
        StepWork first = sample.steps().getFirst();
        return sample.steps().size() == 1 ? factor.ofSize(first.context(), first.tokens()) : 1;
    }

    private static List<RobustFit.Normal> blocks(DesignRows design, RobustFit fit) {
        List<RobustFit.Normal> blocks = new ArrayList<>();
        for (int i = 0; i < design.size(); i++) {
            int block = blockOf(i, design.size());
            if (block == blocks.size()) {
                blocks.add(RobustFit.Normal.empty());
            }
            blocks.get(block).add(design.rows()[i], design.nanos()[i] / design.typical(), fit.weights()[i]);
        }
        return blocks;
    }

    /// Block of consecutive steps that a step belongs to.
    static int blockOf(int i, int n) {
        int blocks = Math.clamp(n / FEWEST_PER_BLOCK, 2, MOST_BLOCKS);
        return (int) ((long) i * blocks / n);
    }

    /// Nanoseconds per unit of each term.
    double[] coefficients() {
        return design.unscale(fit.shares());
    }

    /// Coefficients fitted to resampled blocks, with a fresh prior for what the data leave open.
    double[] resampled(SplittableRandom random) {
        RobustFit.Normal sum = RobustFit.Normal.empty();
        for (int i = 0; i < blocks.size(); i++) {
            sum.add(blocks.get(random.nextInt(blocks.size())));
        }
        return design.unscale(RobustFit.solve(sum, design.prior(), design.prior().drawn(random), fit.deviation(), terms));
    }

    /// Where 95 % of the steps lie around their prediction: logarithms of measured over predicted. Steps have a longer tail to the slow
    /// side than any normal distribution, so both ends are read from the steps themselves.
    double logLow95() {
        return scatter.length == 0 ? 0 : Math.min(0, Math.log(scatter[(int) (0.025 * (scatter.length - 1))]));
    }

    /// See [#logLow95].
    double logHigh95() {
        return scatter.length == 0 ? 0 : Math.max(0, Math.log(scatter[(int) Math.ceil(0.975 * (scatter.length - 1))]));
    }
}
