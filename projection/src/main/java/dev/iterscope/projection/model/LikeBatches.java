package dev.iterscope.projection.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Batches that two recordings both contain, in bins of like composition: a factor of 1.5 in each of tokens, query x key pairs, requests and KV
/// tokens. In a bin the times of both are set against the same model, under which what differs within the bin cancels.
///
/// @param bins    bins with steps of both
/// @param steps   steps of the first recording in them
/// @param covered the part of each term's whole cost that they hold, 0..1; in the recording in which it is smaller
/// @param share   the part of all steps' time that they hold, likewise
record LikeBatches(List<Bin> bins, int steps, Map<StepTerm, Double> covered, double share) {
    private static final double FACTOR = 1.5;
    /// What a bin may be off by however many steps it holds, as a share: batches in it are alike, not equal.
    private static final double ALIKE = 0.01;
    /// Variance of a median against that of a mean of normal samples.
    private static final double MEDIAN = Math.PI / 2;

    /// Like batches.
    ///
    /// @param parts     what each term costs them by the first recording's model, nanoseconds of all its steps in the bin
    /// @param ratio     time in the second recording over that in the first
    /// @param deviation standard deviation of the ratio, as a share of it
    record Bin(Map<StepTerm, Double> parts, double ratio, double deviation) {
        double nanos() {
            return parts.values().stream().mapToDouble(Double::doubleValue).sum();
        }

        /// The part of the time that is a term's, 0..1.
        double share(StepTerm term) {
            return parts.getOrDefault(term, 0.0) / nanos();
        }
    }

    static LikeBatches of(StepSamples a, IterationStepModel modelA, StepSamples b, IterationStepModel modelB) {
        Map<String, List<StepSamples.Sample>> first = byBin(a);
        Map<String, List<StepSamples.Sample>> second = byBin(b);
        List<Bin> bins = new ArrayList<>();
        int steps = 0;
        for (Map.Entry<String, List<StepSamples.Sample>> entry : first.entrySet()) {
            List<StepSamples.Sample> others = second.get(entry.getKey());
            if (others == null) {
                continue;
            }
            List<StepSamples.Sample> own = entry.getValue();
            double underA = median(others, modelA) - median(own, modelA);
            double underB = median(others, modelB) - median(own, modelB);
            double variance = MEDIAN * Identifiability.CORRELATED_STEPS
                    * (square(modelA.stepDeviation()) / own.size() + square(modelB.stepDeviation()) / others.size());
            // The models agree where a bin lies within what either recorded; by as much as they differ, the bin tells less.
            double deviation = Math.sqrt(variance + ALIKE * ALIKE + square((underA - underB) / 2));
            bins.add(new Bin(parts(own, modelA), Math.exp((underA + underB) / 2), deviation));
            steps += own.stream().mapToInt(sample -> sample.steps().size()).sum();
        }
        double share = Math.min(share(first, second), share(second, first));
        return new LikeBatches(List.copyOf(bins), steps, covered(first, modelA, second, modelB), share);
    }

    private static double share(Map<String, List<StepSamples.Sample>> own, Map<String, List<StepSamples.Sample>> others) {
        double whole = 0;
        double like = 0;
        for (Map.Entry<String, List<StepSamples.Sample>> entry : own.entrySet()) {
            double nanos = entry.getValue().stream().mapToDouble(StepSamples.Sample::nanos).sum();
            whole += nanos;
            like += others.containsKey(entry.getKey()) ? nanos : 0;
        }
        return whole > 0 ? like / whole : 0;
    }

    private static Map<StepTerm, Double> covered(
            Map<String, List<StepSamples.Sample>> first,
            IterationStepModel modelA,
            Map<String, List<StepSamples.Sample>> second,
            IterationStepModel modelB) {
        Map<StepTerm, Double> covered = covered(first, second, modelA);
        covered(second, first, modelB).forEach((term, part) -> covered.merge(term, part, Math::min));
        return covered;
    }

    private static Map<StepTerm, Double> covered(
            Map<String, List<StepSamples.Sample>> own, Map<String, List<StepSamples.Sample>> others, IterationStepModel model) {
        Map<StepTerm, Double> whole = new EnumMap<>(StepTerm.class);
        Map<StepTerm, Double> like = new EnumMap<>(StepTerm.class);
        own.forEach((bin, samples) -> parts(samples, model).forEach((term, nanos) -> {
            whole.merge(term, nanos, Double::sum);
            like.merge(term, others.containsKey(bin) ? nanos : 0, Double::sum);
        }));
        whole.values().removeIf(nanos -> nanos <= 0);
        whole.replaceAll((term, nanos) -> like.getOrDefault(term, 0.0) / nanos);
        return whole;
    }

    private static double square(double value) {
        return value * value;
    }

    private static Map<String, List<StepSamples.Sample>> byBin(StepSamples samples) {
        Map<String, List<StepSamples.Sample>> bins = new TreeMap<>();
        for (StepSamples.Sample sample : samples.samples()) {
            bins.computeIfAbsent(bin(sample.steps()), _ -> new ArrayList<>()).add(sample);
        }
        return bins;
    }

    /// The bin of steps that have a time together.
    static String bin(List<StepWork> steps) {
        int n = steps.size();
        return bin(n) + " " + steps.stream().filter(StepWork::context).count() + " "
                + bin(steps.stream().mapToDouble(StepWork::tokens).sum() / n) + " "
                + bin(steps.stream().mapToDouble(StepWork::pairs).sum() / n) + " "
                + bin(steps.stream().mapToDouble(StepWork::requests).sum() / n) + " "
                + bin(steps.stream().mapToDouble(StepWork::kvTokens).sum() / n);
    }

    private static long bin(double quantity) {
        return Math.round(Math.log(quantity + 1) / Math.log(FACTOR));
    }

    /// Median logarithm of measured over predicted.
    private static double median(List<StepSamples.Sample> samples, IterationStepModel model) {
        double[] logs = samples.stream().mapToDouble(sample -> Math.log(sample.nanos() / model.nanos(sample))).sorted().toArray();
        int middle = logs.length / 2;
        return logs.length % 2 == 1 ? logs[middle] : (logs[middle - 1] + logs[middle]) / 2;
    }

    /// The dense layers are one term here: where their slope changes is the fit's matter.
    private static Map<StepTerm, Double> parts(List<StepSamples.Sample> samples, IterationStepModel model) {
        Map<StepTerm, Double> parts = new EnumMap<>(StepTerm.class);
        for (StepSamples.Sample sample : samples) {
            for (StepWork step : sample.steps()) {
                model.contributions(step).forEach(
                        (term, nanos) -> parts.merge(term == StepTerm.DENSE_KNEE ? StepTerm.DENSE : term, nanos, Double::sum));
            }
        }
        return parts;
    }

    /// Time of the second recording over that of the first on all like batches.
    double ratio() {
        return bins.stream().mapToDouble(bin -> bin.nanos() * bin.ratio()).sum() / nanos();
    }

    /// Standard deviation of [#ratio], as a share of it.
    double deviation() {
        double[] errors = bins.stream().mapToDouble(bin -> bin.nanos() * bin.ratio() * bin.deviation()).toArray();
        return Math.sqrt(Arrays.stream(errors).map(LikeBatches::square).sum()) / nanos() / ratio();
    }

    private double nanos() {
        return bins.stream().mapToDouble(Bin::nanos).sum();
    }

    /// What a term costs the like batches in the first recording, nanoseconds.
    double nanos(StepTerm term) {
        return bins.stream().mapToDouble(bin -> bin.parts().getOrDefault(term, 0.0)).sum();
    }

    /// The largest part of a like batch's time that is a term's, 0..1.
    double largestShare(StepTerm term) {
        return bins.stream().mapToDouble(bin -> bin.share(term)).max().orElse(0);
    }
}
