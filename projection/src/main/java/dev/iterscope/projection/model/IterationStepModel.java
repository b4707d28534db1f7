package dev.iterscope.projection.model;

import dev.iterscope.engine.schedule.StepCounts;
import dev.iterscope.engine.step.StepTimes;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// A step model fitted to the steps of a recording. Made by [IterationModels].
///
/// Draws resample blocks of consecutive steps (neighbours are alike, so single steps would promise too much), let a fresh prior
/// decide what the data leave open, and multiply a run's factor: between repetitions of one run the speed moves more than the
/// steps within it tell.
public final class IterationStepModel implements FittedStepModel {
    /// Terms below this share of a step do not decide whether the step was seen before.
    private static final double NEGLIGIBLE = 0.02;
    /// A quantity up to this much beyond the largest seen counts as seen.
    private static final double RANGE_MARGIN = 1.25;
    /// What a prediction beyond the recorded quantities may be off by, a doubling beyond, as a standard deviation: the slopes of kernels
    /// change at tile and wave boundaries and where captured graphs end.
    private static final double BEYOND_DEVIATION = 0.10;
    private static final double NORMAL_95 = 1.959964;
    /// Share of the time that may lie in steps that are not determined.
    private static final double TOLERATED_SHARE = 0.05;

    private final DenseShape shape;
    private final DesignRows design;
    private final double[] coefficients;
    private final boolean[] terms;
    private final List<RobustFit.Normal> blocks;
    private final double deviation;
    private final RobustFit.Residuals residuals;
    private final Identifiability identifiability;
    private final HostCost host;
    private final IterationOptions options;
    private final ModelSummary summary;
    private final LinearStepTimes point;

    IterationStepModel(
            DenseShape shape,
            DesignRows design,
            RobustFit fit,
            boolean[] terms,
            List<RobustFit.Normal> blocks,
            Identifiability identifiability,
            HostCost host,
            IterationOptions options,
            ModelSummary.Fit errors,
            ModelDiagnosis diagnosis) {
        this.shape = shape;
        this.design = design;
        this.coefficients = design.unscale(fit.shares());
        this.terms = terms;
        this.blocks = blocks;
        this.deviation = fit.deviation();
        this.residuals = fit.residuals();
        this.identifiability = identifiability;
        this.host = host;
        this.options = options;
        this.point = new LinearStepTimes(coefficients, shape, host);
        this.summary = new TermReport(this).summary(errors, diagnosis);
    }

    @Override
    public StepTimes point() {
        return point;
    }

    @Override
    public StepTimes draw(int index, long seed) {
        return new LinearStepTimes(drawCoefficients(index, seed), shape, host);
    }

    /// Coefficients of one draw, nanoseconds per unit.
    double[] drawCoefficients(int index, long seed) {
        SplittableRandom random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + index * 0xD1B54A32D192ED03L + 0x2545F4914F6CDD1DL);
        RobustFit.Normal resampled = RobustFit.Normal.empty();
        for (int i = 0; i < blocks.size(); i++) {
            resampled.add(blocks.get(random.nextInt(blocks.size())));
        }
        double[] drawn = design.unscale(RobustFit.solve(resampled, drawnPrior(random), deviation, terms));
        double run = Math.exp(options.betweenRunDeviation() * random.nextGaussian());
        for (int j = 0; j < drawn.length; j++) {
            drawn[j] *= run * Math.exp(options.perTermDeviation() * random.nextGaussian());
        }
        return drawn;
    }

    /// Splits a typical step at random among the terms: what the data do not decide may be anything.
    private static double[] drawnPrior(SplittableRandom random) {
        double[] prior = RobustFit.priorMean();
        double sum = 0;
        for (int j = 0; j < prior.length; j++) {
            prior[j] = prior[j] > 0 ? -Math.log(1 - random.nextDouble()) : 0;
            sum += prior[j];
        }
        for (int j = 0; j < prior.length; j++) {
            prior[j] /= sum;
        }
        return prior;
    }

    @Override
    public ModelSummary summary() {
        return summary;
    }

    @Override
    public Support supportFor(Collection<StepCounts> visited) {
        double total = 0;
        double bounded = 0;
        double unseen = 0;
        for (StepCounts counts : visited) {
            double nanos = point.deviceNanos(counts);
            total += nanos;
            switch (support(StepWork.of(counts), nanos)) {
                case BOUNDED -> bounded += nanos;
                case EXTRAPOLATED -> unseen += nanos;
                case INTERPOLATED -> {
                    // Seen before.
                }
            }
        }
        if (bounded > TOLERATED_SHARE * total) {
            return Support.BOUNDED;
        }
        return bounded + unseen > TOLERATED_SHARE * total ? Support.EXTRAPOLATED : Support.INTERPOLATED;
    }

    private Support support(StepWork work, double nanos) {
        double[] quantities = new double[StepTerm.COUNT];
        work.addTo(quantities, shape);
        if (identifiability.uncertaintyOf(quantities) * design.typical() > Identifiability.STEP_KNOWN * nanos) {
            return Support.BOUNDED;
        }
        return wasSeen(quantities, nanos) ? Support.INTERPOLATED : Support.EXTRAPOLATED;
    }

    /// The time of one step of another run of the same service, with the interval that 95 % of such steps keep: the spread of single
    /// steps, what repetitions differ by, and what the data leave open.
    public StepPrediction predict(StepCounts counts) {
        return predict(List.of(StepWork.of(counts)));
    }

    /// The common time of consecutive steps.
    StepPrediction predict(List<StepWork> steps) {
        double[] quantities = new double[StepTerm.COUNT];
        double nanos = 0;
        Support support = Support.INTERPOLATED;
        for (StepWork step : steps) {
            step.addTo(quantities, shape);
            double own = contributions(step).values().stream().mapToDouble(Double::doubleValue).sum();
            nanos += own;
            Support its = support(step, own);
            support = its.compareTo(support) > 0 ? its : support;
        }
        double open = identifiability.uncertaintyOf(quantities) * design.typical() / Math.max(nanos, 1);
        double beyond = BEYOND_DEVIATION * Math.max(0, doublingsBeyond(steps));
        double common =
                NORMAL_95 * Math.hypot(Math.hypot(options.betweenRunDeviation(), options.perTermDeviation()), Math.hypot(open, beyond));
        return new StepPrediction(
                nanos,
                nanos * Math.exp(-Math.hypot(Math.min(0, residuals.low95()), common)),
                nanos * Math.exp(Math.hypot(Math.max(0, residuals.high95()), common)),
                support);
    }

    /// How far the largest quantity that matters lies beyond what was recorded, in doublings.
    private double doublingsBeyond(List<StepWork> steps) {
        double most = 0;
        for (StepWork step : steps) {
            double[] quantities = new double[StepTerm.COUNT];
            step.addTo(quantities, shape);
            double nanos = 0;
            for (int j = 0; j < quantities.length; j++) {
                nanos += coefficients[j] * quantities[j];
            }
            for (int j = 0; j < quantities.length; j++) {
                if (coefficients[j] * quantities[j] > NEGLIGIBLE * nanos && identifiability.seenMost()[j] > 0) {
                    most = Math.max(most, Math.log(quantities[j] / identifiability.seenMost()[j]) / Math.log(2));
                }
            }
        }
        return most;
    }

    private boolean wasSeen(double[] quantities, double nanos) {
        for (int j = 0; j < quantities.length; j++) {
            boolean matters = coefficients[j] * quantities[j] > NEGLIGIBLE * nanos;
            if (matters && quantities[j] > RANGE_MARGIN * identifiability.seenMost()[j]) {
                return false;
            }
        }
        return true;
    }

    /// What each term contributes to a step, nanoseconds.
    public Map<StepTerm, Double> contributions(StepCounts counts) {
        return contributions(StepWork.of(counts));
    }

    Map<StepTerm, Double> contributions(StepWork work) {
        double[] quantities = new double[StepTerm.COUNT];
        work.addTo(quantities, shape);
        Map<StepTerm, Double> parts = new EnumMap<>(StepTerm.class);
        for (StepTerm term : StepTerm.values()) {
            if (terms[term.index()]) {
                parts.put(term, coefficients[term.index()] * quantities[term.index()]);
            }
        }
        return parts;
    }

    /// Relative standard deviation of a step around its prediction.
    public double stepDeviation() {
        return deviation;
    }

    /// Time of the host per step and per request, nanoseconds; both 0 where the recording does not tell it apart.
    HostCost host() {
        return host;
    }

    double[] coefficients() {
        return coefficients.clone();
    }

    boolean uses(StepTerm term) {
        return terms[term.index()];
    }

    boolean knows(StepTerm term) {
        return identifiability.isKnown(term);
    }

    DenseShape shape() {
        return shape;
    }
}
