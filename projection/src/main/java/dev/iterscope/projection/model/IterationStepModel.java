package dev.iterscope.projection.model;

import dev.iterscope.engine.schedule.StepCounts;
import dev.iterscope.engine.step.StepTimes;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/// A step model fitted to the steps of a recording. Made by [IterationModels].
///
/// Draws resample blocks of consecutive steps (neighbours are alike, so single steps would promise too much), let a fresh prior
/// decide what the data leave open, take one of the shapes that do about as well, depart from the terms as steps of one size, steps
/// beyond the recorded ones and steps that the data do not determine may, scatter single steps as the recorded ones did, and multiply a run's factor: between repetitions of one run
/// the speed moves more than the steps within it tell.
public final class IterationStepModel implements FittedStepModel {
    /// What a prediction beyond the recorded quantities may be off by, a doubling beyond, as a standard deviation: the slopes of kernels
    /// change at tile and wave boundaries and where captured graphs end.
    private static final double BEYOND_DEVIATION = 0.10;
    private static final double NORMAL_95 = 1.959964;
    /// How much a shape's weight among the draws falls with its error.
    private static final double LIKELY = 0.02;

    private final List<ShapeFit> shapes;
    private final ShapeFit best;
    private final DenseShape shape;
    private final DesignRows design;
    private final double[] coefficients;
    private final StepFactor factor;
    private final StepFactor.Beyond recorded;
    private final Identifiability identifiability;
    private final Optional<TermWork> work;
    private final HostCost host;
    private final IterationOptions options;
    private final ModelSummary summary;
    private final LinearStepTimes point;
    private final StepSupport support;
    private final double[] kept;

    /// @param shapes fits under the best shape and those that do about as well
    /// @param recorded largest quantities of the steps
    /// @param sizes    their numbers of tokens
    /// @param work     the architecture's work
    IterationStepModel(
            List<ShapeFit> shapes,
            StepFactor.Beyond recorded,
            RecordedSizes sizes,
            Identifiability identifiability,
            Optional<TermWork> work,
            HostCost host,
            IterationOptions options,
            ModelSummary.Fit errors,
            ModelDiagnosis diagnosis) {
        this.shapes = shapes;
        this.best = shapes.getFirst();
        this.shape = best.shape();
        this.design = best.design();
        this.coefficients = best.coefficients();
        this.factor = best.leftOver().mean();
        this.recorded = recorded;
        this.identifiability = identifiability;
        this.work = work;
        this.host = host;
        this.options = options;
        this.kept = new double[StepTerm.COUNT];
        Arrays.fill(kept, 1);
        this.point = new LinearStepTimes(coefficients, shape, factor, OpenSteps.NONE, host);
        this.support = new StepSupport(identifiability, shape, design.typical(), coefficients, recorded, sizes);
        this.summary = new TermReport(this).summary(errors, diagnosis);
    }

    /// The same steps with some terms taking a share of their time: what-if.
    private IterationStepModel(IterationStepModel base, double[] kept) {
        this.shapes = base.shapes;
        this.best = base.best;
        this.shape = base.shape;
        this.design = base.design;
        this.coefficients = times(base.coefficients, kept);
        this.factor = base.factor;
        this.recorded = base.recorded;
        this.identifiability = base.identifiability;
        this.work = base.work;
        this.host = base.host;
        this.options = base.options;
        this.kept = kept;
        this.point = new LinearStepTimes(coefficients, shape, factor, OpenSteps.NONE, host);
        this.support = base.support;
        this.summary = base.summary;
    }

    /// What-if: terms that take a share of their time. Draws are those of this model, so that the two compare under common random numbers;
    /// summary and support are those of the recorded service.
    ///
    /// @param shares the share of its time that a term keeps, above 0; other terms keep all
    public IterationStepModel scaled(Map<StepTerm, Double> shares) {
        double[] all = kept.clone();
        shares.forEach((term, share) -> all[term.index()] *= share);
        return new IterationStepModel(this, all);
    }

    private static double[] times(double[] coefficients, double[] shares) {
        double[] products = coefficients.clone();
        for (int j = 0; j < products.length; j++) {
            products[j] *= shares[j];
        }
        return products;
    }

    @Override
    public StepTimes point() {
        return point;
    }

    @Override
    public StepTimes draw(int index, long seed) {
        SplittableRandom random = random(index, seed);
        ShapeFit drawn = likely(random);
        double[] terms = drawCoefficients(drawn, random);
        LeftOver leftOver = drawn.leftOver();
        StepFactor departs = new StepFactor(
                leftOver.draw(false, random),
                leftOver.draw(true, random),
                recorded.drawn(BEYOND_DEVIATION, random),
                StepFactor.Scatter.of(drawn.scatter(), random));
        OpenSteps open = new OpenSteps(identifiability, shape, design.typical(), random.nextGaussian());
        return new LinearStepTimes(times(terms, kept), drawn.shape(), departs, open, host);
    }

    /// Coefficients of one draw under the best shape, nanoseconds per unit.
    double[] drawCoefficients(int index, long seed) {
        return drawCoefficients(best, random(index, seed));
    }

    private static SplittableRandom random(int index, long seed) {
        return new SplittableRandom(seed * 0x9E3779B97F4A7C15L + index * 0xD1B54A32D192ED03L + 0x2545F4914F6CDD1DL);
    }

    /// One of the shapes, the likelier the smaller its error.
    private ShapeFit likely(SplittableRandom random) {
        double total = shapes.stream().mapToDouble(this::weight).sum();
        double left = random.nextDouble() * total;
        for (ShapeFit candidate : shapes) {
            left -= weight(candidate);
            if (left < 0) {
                return candidate;
            }
        }
        return best;
    }

    private double weight(ShapeFit candidate) {
        return Math.exp((1 - candidate.error() / Math.max(best.error(), Double.MIN_NORMAL)) / LIKELY);
    }

    private double[] drawCoefficients(ShapeFit under, SplittableRandom random) {
        double[] drawn = under.resampled(random);
        double run = Math.exp(options.betweenRunDeviation() * random.nextGaussian());
        for (int j = 0; j < drawn.length; j++) {
            drawn[j] *= run * Math.exp(options.perTermDeviation() * random.nextGaussian());
        }
        return drawn;
    }

    @Override
    public ModelSummary summary() {
        return summary;
    }

    @Override
    public Support supportFor(Collection<StepCounts> visited) {
        return support.of(visited, point);
    }

    @Override
    public Optional<MissingData> missing(RunSteps run) {
        return support.missing(run, point);
    }

    @Override
    public Support supportAfter(RunSteps more, RunSteps predicted) {
        return support.after(more, point).of(predicted.sample(), point);
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
        double leftOver = 0;
        Support worst = Support.INTERPOLATED;
        for (StepWork step : steps) {
            step.addTo(quantities, shape);
            leftOver = Math.max(leftOver, best.leftOver().deviation(step.context(), step.tokens()));
            double own = contributions(step).values().stream().mapToDouble(Double::doubleValue).sum();
            nanos += own;
            Support its = support.of(step, own);
            worst = its.compareTo(worst) > 0 ? its : worst;
        }
        double open = identifiability.uncertaintyOf(quantities) * design.typical() / Math.max(nanos, 1);
        double beyond = BEYOND_DEVIATION * Math.max(0, doublingsBeyond(steps));
        double repetitions = Math.hypot(options.betweenRunDeviation(), options.perTermDeviation());
        double common = NORMAL_95 * Math.hypot(Math.hypot(repetitions, leftOver), Math.hypot(open, beyond));
        return new StepPrediction(
                nanos,
                nanos * Math.exp(-Math.hypot(best.logLow95(), common)),
                nanos * Math.exp(Math.hypot(best.logHigh95(), common)),
                worst);
    }

    /// The best estimate for consecutive steps together, nanoseconds.
    double nanos(StepSamples.Sample sample) {
        return sample.steps().stream().flatMap(step -> contributions(step).values().stream()).mapToDouble(Double::doubleValue).sum();
    }

    /// Fits under the best shape and those that do about as well.
    List<ShapeFit> shapes() {
        return shapes;
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
                if (coefficients[j] * quantities[j] > StepSupport.NEGLIGIBLE * nanos && identifiability.seenMost()[j] > 0) {
                    most = Math.max(most, Math.log(quantities[j] / identifiability.seenMost()[j]) / Math.log(2));
                }
            }
        }
        return most;
    }

    /// What each term contributes to a step, nanoseconds.
    public Map<StepTerm, Double> contributions(StepCounts counts) {
        return contributions(StepWork.of(counts));
    }

    Map<StepTerm, Double> contributions(StepWork work) {
        double[] quantities = new double[StepTerm.COUNT];
        work.addTo(quantities, shape);
        double of = factor.ofSize(work.context(), work.tokens());
        Map<StepTerm, Double> parts = new EnumMap<>(StepTerm.class);
        for (StepTerm term : StepTerm.values()) {
            if (best.terms()[term.index()]) {
                parts.put(term, of * coefficients[term.index()] * quantities[term.index()]);
            }
        }
        return parts;
    }

    /// Relative standard deviation of a step around its prediction.
    public double stepDeviation() {
        return best.fit().deviation();
    }

    /// Time of the host per step and per request, nanoseconds; both 0 where the recording does not tell it apart.
    HostCost host() {
        return host;
    }

    /// What the terms' units are in arithmetic and traffic, where the architecture is known.
    Optional<TermWork> work() {
        return work;
    }

    double[] coefficients() {
        return coefficients.clone();
    }

    boolean uses(StepTerm term) {
        return best.terms()[term.index()];
    }

    boolean knows(StepTerm term) {
        return identifiability.isKnown(term);
    }

    DenseShape shape() {
        return shape;
    }
}
