package dev.iterscope.projection.model;

import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.Timing;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;

/// Fits iteration-level models: what a step costs, from the steps of a recording and nothing else.
///
/// The time of a step is a sum of physical terms ([StepTerm]) with non-negative coefficients, fitted by robust least squares on
/// relative errors. Cold steps, steps with a pause inside and empty steps are left out; steps of ranks that wait for each other
/// are paired; where only timestamps can be trusted, the steps between two of them are one sample.
public final class IterationModels {
    private static final int FEWEST_SAMPLES = 8;
    private static final int SELECTION_SAMPLES = 4000;
    private static final int FOLDS = 5;
    private static final int MOST_BLOCKS = 60;
    private static final int FEWEST_PER_BLOCK = 5;
    /// A richer shape must lower the error on steps left out by this share to be taken.
    private static final double WORTH_A_TERM = 0.04;
    /// Of two shapes alike the one without a second slope is taken.
    private static final double SECOND_SLOPE = 0.005;
    private static final int[] KNEES = {4, 8, 16, 32, 64, 96, 128, 192, 256, 384, 512, 1024};

    private IterationModels() {}

    /// Fits the steps of one recording.
    public static IterationFit fit(Recording recording, IterationOptions options) {
        if (recording.timing().basis() == Timing.Basis.UNUSABLE) {
            return new IterationFit.NotPossible(
                    "neither the times of the steps nor the spacing of their timestamps can be used",
                    "record without asynchronous scheduling (--no-async-scheduling), or for at least a minute");
        }
        StepSamples samples = StepSamples.of(recording, options.kvSource());
        if (samples.samples().size() < FEWEST_SAMPLES) {
            return new IterationFit.NotPossible(
                    "only " + samples.samples().size() + " steps have usable times, " + FEWEST_SAMPLES + " are needed",
                    "record a few hundred steps");
        }
        return new IterationFit.Fitted(fit(samples, options));
    }

    static IterationStepModel fit(StepSamples samples, IterationOptions options) {
        Choice choice = choose(thinned(samples.samples()), options);
        DesignRows design = DesignRows.of(samples.samples(), choice.shape());
        boolean[] all = new boolean[design.size()];
        Arrays.fill(all, true);
        RobustFit fit = RobustFit.fit(design, all, choice.terms());
        double[] predicted = new double[design.size()];
        for (int i = 0; i < predicted.length; i++) {
            predicted[i] = design.predict(i, fit.shares());
        }
        Identifiability known = Identifiability.of(design, predicted);
        return new IterationStepModel(
                choice.shape(),
                design,
                fit,
                choice.terms(),
                blocks(design, fit),
                known,
                HostCost.fit(samples.samples()),
                options,
                errors(design, predicted, choice.terms()),
                ModelDiagnosis.of(samples, choice.shape(), choice.terms(), known));
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
            terms[StepTerm.DENSE_KNEE.index()] = shape.form() == DenseShape.Form.STEEPER || shape.form() == DenseShape.Form.FLATTER;
            terms[StepTerm.CONTEXT_STEP.index()] = contextStep;
            terms[StepTerm.GENERATION_ATTENTION.index()] = options.kvSource() != KvSource.NONE;
            return new Choice(shape, terms);
        }
    }

    /// The simplest shape, unless another predicts steps that it was not fitted to clearly better; of those the best.
    private static Choice choose(List<StepSamples.Sample> samples, IterationOptions options) {
        Choice line = Choice.of(DenseShape.LINE, false, options);
        Scored best = Scored.of(line, samples, 1);
        double worthIt = best.error() * (1 - WORTH_A_TERM);
        List<Scored> candidates = new ArrayList<>();
        candidates.add(Scored.of(Choice.of(DenseShape.LINE, true, options), samples, 1));
        for (int knee : KNEES) {
            if (kneeIsSeen(samples, knee)) {
                for (DenseShape.Form form : List.of(DenseShape.Form.FLOOR, DenseShape.Form.STEEPER, DenseShape.Form.FLATTER)) {
                    double handicap = form == DenseShape.Form.FLOOR ? 1 : 1 + SECOND_SLOPE;
                    candidates.add(Scored.of(Choice.of(new DenseShape(form, knee), false, options), samples, handicap));
                }
            }
        }
        for (Scored candidate : candidates) {
            if (candidate.error() < worthIt && candidate.error() < best.error()) {
                best = candidate;
            }
        }
        return best.choice();
    }

    /// A choice and its error on steps left out, a second slope's taken a little worse than it is.
    private record Scored(Choice choice, double error) {
        static Scored of(Choice choice, List<StepSamples.Sample> samples, double handicap) {
            return new Scored(choice, handicap * heldOutError(DesignRows.of(samples, choice.shape()), choice.terms()));
        }
    }

    /// A knee is only looked for between steps that lie on both sides of it.
    private static boolean kneeIsSeen(List<StepSamples.Sample> samples, int knee) {
        long below = samples.stream().flatMap(s -> s.steps().stream()).filter(w -> w.tokens() < knee).count();
        long above = samples.stream().flatMap(s -> s.steps().stream()).filter(w -> w.tokens() > knee).count();
        return below >= FEWEST_PER_BLOCK && above >= FEWEST_PER_BLOCK;
    }

    private static List<StepSamples.Sample> thinned(List<StepSamples.Sample> samples) {
        int every = (samples.size() + SELECTION_SAMPLES - 1) / SELECTION_SAMPLES;
        if (every <= 1) {
            return samples;
        }
        List<StepSamples.Sample> some = new ArrayList<>(SELECTION_SAMPLES);
        for (int i = 0; i < samples.size(); i += every) {
            some.add(samples.get(i));
        }
        return some;
    }

    private static int blockOf(int i, int n) {
        int blocks = Math.clamp(n / FEWEST_PER_BLOCK, 2, MOST_BLOCKS);
        return (int) ((long) i * blocks / n);
    }

    private static double heldOutError(DesignRows design, boolean[] terms) {
        double sum = 0;
        for (double error : heldOutErrors(design, terms)) {
            sum += Math.min(error, 1);
        }
        return sum / design.size();
    }

    /// Relative errors of every sample, predicted by a fit that has not seen its block of steps.
    private static double[] heldOutErrors(DesignRows design, boolean[] terms) {
        int n = design.size();
        double[] errors = new double[n];
        for (int fold = 0; fold < FOLDS; fold++) {
            boolean[] use = new boolean[n];
            for (int i = 0; i < n; i++) {
                use[i] = blockOf(i, n) % FOLDS != fold;
            }
            RobustFit fit = RobustFit.fit(design, use, terms);
            for (int i = 0; i < n; i++) {
                if (!use[i]) {
                    errors[i] = Math.abs(design.predict(i, fit.shares()) / design.nanos()[i] - 1);
                }
            }
        }
        return errors;
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

    private static ModelSummary.Fit errors(DesignRows design, double[] predicted, boolean[] terms) {
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
        double heldOut = Arrays.stream(heldOutErrors(design, terms)).average().orElse(0);
        return new ModelSummary.Fit(
                n,
                n,
                OptionalDouble.of(100 * ape / n),
                OptionalDouble.of(100 * heldOut),
                total > 0 ? OptionalDouble.of(1 - unexplained / total) : OptionalDouble.empty());
    }
}
