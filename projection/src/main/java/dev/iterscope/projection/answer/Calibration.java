package dev.iterscope.projection.answer;

import dev.iterscope.engine.schedule.StepCounts;
import dev.iterscope.projection.model.BetweenRuns;
import dev.iterscope.projection.model.kernel.KernelStepModel;
import dev.iterscope.projection.model.kernel.KernelStepOptions;
import dev.iterscope.projection.model.kernel.StepPart;
import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.Timing;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Predicate;

/// Two factors between kernels measured alone and steps of the recorded engine: isolated tables miss clocks, contention and what
/// overlaps, and steps with context work run outside of the captured graphs. Each is the median over recorded steps; both are printed
/// with the error on steps that they were not taken from.
public final class Calibration {
    private static final int FEWEST_STEPS = 20;
    /// Blocks of consecutive steps that are used and left out in turn, to tell the error.
    private static final int BLOCKS = 16;

    private Calibration() {}

    /// The model, calibrated where the recording has enough steps that say their work; else as it is.
    ///
    /// @param recording everything that was recorded
    /// @param each      each recording by itself: what runs differ by comes from them where there are several
    public static KernelStepModel of(KernelStepModel model, Optional<Recording> recording, List<Recording> each) {
        return of(model, model.options().measured(), recording, each);
    }

    /// The same where the model is not that of the recorded service: what the engine adds to the kernels is taken from the service as it was
    /// recorded, and carried over.
    ///
    /// @param recorded options of the recorded service: without what-ifs, with its ranks and types
    public static KernelStepModel of(
            KernelStepModel model, KernelStepOptions recorded, Optional<Recording> recording, List<Recording> each) {
        if (recording.isEmpty() || recording.get().timing().basis() != Timing.Basis.STEP) {
            return model;
        }
        KernelStepModel service = model.options().equals(recorded) ? model : model.with(recorded);
        List<Ratio> ratios = ratios(service, recording.get());
        if (ratios.size() < FEWEST_STEPS) {
            return model;
        }
        Factors factors = Factors.of(ratios);
        List<Ratio> used = new ArrayList<>();
        List<Ratio> left = new ArrayList<>();
        for (int i = 0; i < ratios.size(); i++) {
            (i * BLOCKS / ratios.size() % 2 == 0 ? used : left).add(ratios.get(i));
        }
        Factors half = Factors.of(used);
        double error = median(left.stream().map(ratio -> 100 * Math.abs(half.of(ratio.context()) / ratio.value() - 1)).sorted().toList());
        List<Double> runs = each.size() < 2 ? List.of() : runs(service, each, factors);
        KernelStepOptions options = model.options();
        OptionalDouble deviation = BetweenRuns.deviation(runs, options.betweenRunDeviation());
        return model.calibrated(
                options.withCalibration(
                        options.calibration() * factors.generation(),
                        options.contextCalibration() * factors.context() / factors.generation())
                        .withBetweenRunDeviation(deviation.orElse(options.betweenRunDeviation())),
                Optional.of(new KernelStepModel.EngineFit(ratios.size(), error, deviation.isPresent() ? runs.size() : 0)));
    }

    /// Logarithm of how much slower each run was than all together.
    private static List<Double> runs(KernelStepModel model, List<Recording> each, Factors factors) {
        List<Double> runs = new ArrayList<>();
        for (Recording run : BetweenRuns.separate(each)) {
            List<Ratio> ratios = ratios(model, run);
            if (ratios.size() >= FEWEST_STEPS) {
                runs.add(Math.log(median(ratios.stream().map(ratio -> ratio.value() / factors.of(ratio.context())).sorted().toList())));
            }
        }
        return runs;
    }

    /// Measured over predicted time of a step.
    private record Ratio(boolean context, double value) {}

    private record Factors(double generation, double context) {
        /// Where one sort of step is rare, the other's factor serves both.
        static Factors of(List<Ratio> ratios) {
            List<Double> generation = values(ratios, ratio -> !ratio.context());
            List<Double> context = values(ratios, Ratio::context);
            double forGeneration = median(generation.size() >= FEWEST_STEPS / 2 ? generation : context);
            return new Factors(forGeneration, context.size() >= FEWEST_STEPS / 2 ? median(context) : forGeneration);
        }

        private static List<Double> values(List<Ratio> ratios, Predicate<Ratio> chosen) {
            return ratios.stream().filter(chosen).map(Ratio::value).sorted().toList();
        }

        double of(boolean contextWork) {
            return contextWork ? context : generation;
        }
    }

    private static double median(List<Double> sorted) {
        return sorted.get(sorted.size() / 2);
    }

    private static List<Ratio> ratios(KernelStepModel model, Recording recording) {
        // The host's time is part of a step where nothing runs beside it; our own engine's steps begin with the submission.
        boolean host = !recording.settings().asyncScheduling().orElse(false)
                && recording.settings().engineName().filter("iterscope"::equals).isEmpty();
        List<Ratio> ratios = new ArrayList<>();
        for (Iteration step : recording.iterations()) {
            if (step.isTypical() && step.detail().isPresent() && step.elapsedNanos().orElse(0) > 0 && step.scheduledTokens() > 0) {
                StepCounts counts = RecordedCounts.of(step, step.detail().get());
                double predicted = model.deviceNanos(counts) + (host ? model.nanos(StepPart.HOST, counts) : 0);
                ratios.add(new Ratio(step.contextRequests() > 0, step.elapsedNanos().getAsLong() / predicted));
            }
        }
        return ratios;
    }
}
