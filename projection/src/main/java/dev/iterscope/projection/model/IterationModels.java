package dev.iterscope.projection.model;

import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.StepLogging;
import dev.iterscope.projection.recording.Timing;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/// Fits iteration-level models: what a step costs, from the steps of a recording and nothing else.
///
/// The time of a step is a sum of physical terms ([StepTerm]) with non-negative coefficients, fitted by robust least squares on
/// relative errors. Cold steps, steps with a pause inside and empty steps are left out; steps of ranks that wait for each other
/// are paired; where only timestamps can be trusted, the steps between two of them are one sample.
public final class IterationModels {
    private static final int FEWEST_SAMPLES = 8;
    private static final String SGLANG_RECORDING =
            "start the server with --decode-log-interval 1 and record for a minute with requests running all the time";
    private static final int SELECTION_SAMPLES = 4000;
    private static final int FOLDS = 5;
    /// Held-out errors of more steps than this come from so many of them.
    private static final int ERROR_SAMPLES = 20_000;
    private static final int FEWEST_PER_BLOCK = 5;
    /// A richer shape must lower the error on steps left out by this share to be taken.
    private static final double WORTH_A_TERM = 0.04;
    /// Of two shapes alike the one without a second slope is taken, and the one without tiles.
    private static final double SECOND_SLOPE = 0.005;
    private static final double TILES = 0.01;
    /// Every shape is judged on so many steps first, the best of them on all.
    private static final int FIRST_SAMPLES = 600;
    private static final int FIRST_FOLDS = 3;
    private static final int FIRST_ROUNDS = 5;
    private static final int SECOND_ROUND = 12;
    /// Shapes whose error is at most this much above the smallest may as well be the true one.
    private static final double AS_LIKELY = 0.05;
    private static final int MOST_LIKELY = 4;

    private IterationModels() {}

    /// Fits the steps of one recording.
    public static IterationFit fit(Recording recording, IterationOptions options) {
        return fit(recording, List.of(recording), options);
    }

    /// Fits the steps of several recordings of one service.
    ///
    /// @param recording all of them together
    /// @param each      each by itself: what runs differ by comes from them
    public static IterationFit fit(Recording recording, List<Recording> each, IterationOptions options) {
        if (recording.iterations().isEmpty()) {
            return new IterationFit.NotPossible(
                    "the recording holds no steps",
                    recording.kernels().isEmpty()
                            ? StepLogging.turnOn(recording.settings().engineName())
                            : "record the engine's iterations: ranges of the trace have to name the steps");
        }
        if (recording.timing().basis() == Timing.Basis.UNUSABLE) {
            if (recording.warnings().stream().anyMatch(warning -> warning.code().equals("device-times-missing"))) {
                return new IterationFit.NotPossible(
                        "the recording shows when the host launched the steps, not when the device had done them",
                        "record the device too (nsys profile --trace=cuda,nvtx)");
            }
            if (StepSamples.isSglang(recording)) {
                return new IterationFit.NotPossible(
                        "SGLang shows the time of batches between two decode lines, and there are fewer than two",
                        SGLANG_RECORDING);
            }
            return new IterationFit.NotPossible(
                    "neither the times of the steps nor the spacing of their timestamps can be used",
                    StepLogging.withoutOverlap(recording.settings().engineName()));
        }
        StepSamples samples = StepSamples.of(recording, options);
        if (samples.samples().size() < FEWEST_SAMPLES && StepSamples.isSglang(recording)) {
            return new IterationFit.NotPossible(
                    "only " + samples.samples().size() + " decode lines give usable times, " + FEWEST_SAMPLES + " are needed",
                    SGLANG_RECORDING);
        }
        if (samples.samples().size() < FEWEST_SAMPLES) {
            return new IterationFit.NotPossible(
                    "only " + samples.samples().size() + " steps have usable times, " + FEWEST_SAMPLES + " are needed",
                    "record a few hundred steps");
        }
        IterationStepModel model = fit(samples, options);
        List<Double> runs =
                each.size() < 2 ? List.of() : BetweenRuns.factors(BetweenRuns.separate(each), options.kvSource(), model::nanos);
        OptionalDouble deviation = BetweenRuns.deviation(runs, options.betweenRunDeviation());
        return new IterationFit.Fitted(
                deviation.isEmpty()
                        ? model
                        : model(samples, model.shapes(), options.withBetweenRuns(deviation.getAsDouble(), runs.size())));
    }

    static IterationStepModel fit(StepSamples samples, IterationOptions options) {
        List<StepSamples.Sample> some = thinned(samples.samples(), SELECTION_SAMPLES);
        List<Scored> chosen = choose(some, samples.work(), options);
        List<ShapeFit> shapes = new ArrayList<>();
        for (Scored scored : chosen) {
            // What the best shape says rests on every step; the others only spread the draws.
            shapes.add(ShapeFit.of(
                    shapes.isEmpty() ? samples.samples() : some, samples.work(), scored.choice().shape(), scored.choice().terms(),
                    scored.error()));
        }
        return model(samples, List.copyOf(shapes), options);
    }

    private static IterationStepModel model(StepSamples samples, List<ShapeFit> shapes, IterationOptions options) {
        ShapeFit best = shapes.getFirst();
        DesignRows design = best.design();
        double[] predicted = new double[design.size()];
        for (int i = 0; i < predicted.length; i++) {
            predicted[i] = design.predict(i, best.fit().shares());
        }
        Identifiability known = Identifiability.of(design, predicted);
        StepFactor factor = best.leftOver().mean();
        for (int i = 0; i < predicted.length; i++) {
            predicted[i] *= ShapeFit.factorOf(samples.samples().get(i), factor);
        }
        return new IterationStepModel(
                shapes,
                StepFactor.Beyond.of(samples.samples()),
                RecordedSizes.of(samples.samples(), samples.largestTile()),
                known,
                samples.work(),
                HostCost.fit(samples.samples()),
                options,
                errors(design, predicted, DesignRows.of(thinned(samples.samples(), ERROR_SAMPLES), best.shape(), samples.work()),
                        best.terms()),
                ModelDiagnosis.of(samples, best, known, options));
    }

    /// A shape of the dense layers and the terms that go with it.
    private static final class Choice {
        private final DenseShape shape;
        private final boolean[] terms;

        Choice(DenseShape shape, boolean[] terms) {
            this.shape = shape;
            this.terms = terms;
        }

        DenseShape shape() {
            return shape;
        }

        boolean[] terms() {
            return terms;
        }

        static Choice of(DenseShape shape, boolean contextStep, IterationOptions options) {
            boolean[] terms = new boolean[StepTerm.COUNT];
            Arrays.fill(terms, true);
            terms[StepTerm.DENSE_KNEE.index()] = shape.form().hasKneePart();
            terms[StepTerm.CONTEXT_STEP.index()] = contextStep;
            terms[StepTerm.GENERATION_ATTENTION.index()] = options.kvSource() != KvSource.NONE;
            return new Choice(shape, terms);
        }
    }

    /// The simplest shape, unless another predicts steps that it was not fitted to clearly better; of those the best. Others that do about
    /// as well follow it.
    private static List<Scored> choose(List<StepSamples.Sample> samples, Optional<TermWork> work, IterationOptions options) {
        List<StepSamples.Sample> few = thinned(samples, FIRST_SAMPLES);
        List<Choice> candidates = new ArrayList<>();
        DenseShapes.all(knee -> kneeIsSeen(samples, knee)).forEach(shape -> candidates.add(Choice.of(shape, false, options)));
        List<Choice> second = candidates.parallelStream()
                .map(choice -> Scored.of(choice, few, work, FIRST_FOLDS, FIRST_ROUNDS))
                .sorted(Comparator.comparingDouble(Scored::error))
                .limit(SECOND_ROUND)
                .map(Scored::choice)
                .toList();
        Scored line = Scored.of(Choice.of(DenseShape.LINE, false, options), samples, work, FOLDS, RobustFit.ROUNDS);
        List<Scored> finals = second.parallelStream().map(choice -> Scored.of(choice, samples, work, FOLDS, RobustFit.ROUNDS)).toList();
        Scored best = finals.stream()
                .min(Comparator.comparingDouble(Scored::error))
                .filter(found -> found.error() < line.error() * (1 - WORTH_A_TERM))
                .orElse(line);
        Scored context = Scored.of(Choice.of(best.choice().shape(), true, options), samples, work, FOLDS, RobustFit.ROUNDS);
        Scored chosen = context.error() < best.error() * (1 - WORTH_A_TERM) ? context : best;
        List<Scored> likely = new ArrayList<>(List.of(chosen));
        Stream.concat(finals.stream(), Stream.of(line, best))
                .filter(other -> other.error() <= chosen.error() * (1 + AS_LIKELY) && !likely.contains(other))
                .sorted(Comparator.comparingDouble(Scored::error))
                .limit(MOST_LIKELY - 1)
                .forEach(likely::add);
        return likely;
    }

    /// A choice and its error on steps left out, that of richer shapes taken a little worse than it is.
    private record Scored(Choice choice, double error) {
        static Scored of(Choice choice, List<StepSamples.Sample> samples, Optional<TermWork> work, int folds, int rounds) {
            DenseShape shape = choice.shape();
            double handicap =
                    1 + (shape.form().hasKneePart() ? SECOND_SLOPE : 0) + (shape.padding().equals(DenseShape.Padding.NONE) ? 0 : TILES);
            return new Scored(choice, handicap * heldOutError(DesignRows.of(samples, shape, work), choice.terms(), folds, rounds));
        }
    }

    /// A knee is only looked for between steps that lie on both sides of it.
    private static boolean kneeIsSeen(List<StepSamples.Sample> samples, int knee) {
        long below = samples.stream().flatMap(s -> s.steps().stream()).filter(w -> w.tokens() < knee).count();
        long above = samples.stream().flatMap(s -> s.steps().stream()).filter(w -> w.tokens() > knee).count();
        return below >= FEWEST_PER_BLOCK && above >= FEWEST_PER_BLOCK;
    }

    private static List<StepSamples.Sample> thinned(List<StepSamples.Sample> samples, int most) {
        int every = (samples.size() + most - 1) / most;
        if (every <= 1) {
            return samples;
        }
        List<StepSamples.Sample> some = new ArrayList<>(most);
        for (int i = 0; i < samples.size(); i += every) {
            some.add(samples.get(i));
        }
        return some;
    }

    private static double heldOutError(DesignRows design, boolean[] terms, int folds, int rounds) {
        double sum = 0;
        for (double error : heldOutErrors(design, terms, folds, rounds)) {
            sum += Math.min(error, 1);
        }
        return sum / design.size();
    }

    /// Relative errors of every sample, predicted by a fit that has not seen its block of steps.
    private static double[] heldOutErrors(DesignRows design, boolean[] terms, int folds, int rounds) {
        int n = design.size();
        double[] errors = new double[n];
        for (int fold = 0; fold < folds; fold++) {
            boolean[] use = new boolean[n];
            for (int i = 0; i < n; i++) {
                use[i] = ShapeFit.blockOf(i, n) % folds != fold;
            }
            RobustFit fit = RobustFit.fit(design, use, terms, rounds);
            for (int i = 0; i < n; i++) {
                if (!use[i]) {
                    errors[i] = Math.abs(design.predict(i, fit.shares()) / design.nanos()[i] - 1);
                }
            }
        }
        return errors;
    }

    private static ModelSummary.Fit errors(DesignRows design, double[] predicted, DesignRows some, boolean[] terms) {
        int n = design.size();
        double ape = 0;
        double mean = Arrays.stream(design.nanos()).average().orElse(0);
        double unexplained = 0;
        double total = 0;
        for (int i = 0; i < n; i++) {
            double nanos = design.nanos()[i];
            ape += Math.abs(predicted[i] / nanos - 1);
            unexplained += (predicted[i] - nanos) * (predicted[i] - nanos);
            total += (nanos - mean) * (nanos - mean);
        }
        double heldOut = Arrays.stream(heldOutErrors(some, terms, FOLDS, RobustFit.ROUNDS)).average().orElse(0);
        return new ModelSummary.Fit(
                n,
                n,
                OptionalDouble.of(100 * ape / n),
                OptionalDouble.of(100 * heldOut),
                total > 0 ? OptionalDouble.of(1 - unexplained / total) : OptionalDouble.empty());
    }
}
