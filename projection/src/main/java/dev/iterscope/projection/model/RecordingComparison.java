package dev.iterscope.projection.model;

import dev.iterscope.projection.recording.KernelRecord;
import dev.iterscope.projection.recording.Recording;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;

/// Two recordings of one service, compared on equal work: did a change help?
///
/// Both are fitted; the batches that both went through are timed by either model, so that a different mix of batches does not pass
/// for a different speed. Intervals come from draws of both fits, the difference between repetitions included.
///
/// @param matchedSteps  steps of the first recording whose like the second has
/// @param changePercent time of those batches in the second against the first, per cent; negative is faster
/// @param low95         lower end of its 95 % interval
/// @param high95        upper end
/// @param terms         the same for each term
/// @param kernels       mean time of each kernel that both recorded
public record RecordingComparison(
        int matchedSteps, double changePercent, double low95, double high95, List<TermChange> terms, List<KernelChange> kernels) {
    private static final int DRAWS = 400;
    private static final double BIN = 1.5;

    /// A term's cost over the matched batches; the change is empty where the first recording shows no cost.
    ///
    /// @param name          the term
    /// @param aNanos        nanoseconds in the first recording
    /// @param bNanos        nanoseconds in the second
    /// @param changePercent change
    /// @param identifiable  whether both recordings tell the term apart
    public record TermChange(String name, double aNanos, double bNanos, OptionalDouble changePercent, boolean identifiable) {}

    /// Mean time of a kernel.
    ///
    /// @param name          the kernel
    /// @param aNanos        mean in the first recording
    /// @param bNanos        mean in the second
    /// @param changePercent change
    public record KernelChange(String name, double aNanos, double bNanos, double changePercent) {}

    /// True when the interval lies on one side of zero.
    public boolean isShown() {
        return low95 > 0 || high95 < 0;
    }

    /// Compares two recordings through the models fitted to them.
    public static RecordingComparison of(Recording a, IterationStepModel modelA, Recording b, IterationStepModel modelB) {
        List<StepWork> matched = matched(a, b);
        double[] work = new double[StepTerm.COUNT];
        double[] workB = new double[StepTerm.COUNT];
        for (StepWork step : matched) {
            step.addTo(work, modelA.shape());
            step.addTo(workB, modelB.shape());
        }
        double[] changes = new double[DRAWS];
        for (int i = 0; i < DRAWS; i++) {
            changes[i] = change(dot(modelA.drawCoefficients(i, 1), work), dot(modelB.drawCoefficients(i, 2), workB));
        }
        Arrays.sort(changes);
        List<TermChange> terms = new ArrayList<>();
        for (StepTerm term : StepTerm.values()) {
            if (modelA.uses(term) || modelB.uses(term)) {
                double before = modelA.coefficients()[term.index()] * work[term.index()];
                double after = modelB.coefficients()[term.index()] * workB[term.index()];
                terms.add(new TermChange(term.label(), before, after,
                        before > 0 ? OptionalDouble.of(change(before, after)) : OptionalDouble.empty(),
                        modelA.knows(term) && modelB.knows(term)));
            }
        }
        return new RecordingComparison(matched.size(), change(dot(modelA.coefficients(), work), dot(modelB.coefficients(), workB)),
                changes[(int) (0.025 * (DRAWS - 1))], changes[(int) Math.ceil(0.975 * (DRAWS - 1))], terms, kernels(a, b));
    }

    private static double change(double before, double after) {
        return 100 * (after / before - 1);
    }

    private static double dot(double[] u, double[] v) {
        double sum = 0;
        for (int i = 0; i < u.length; i++) {
            sum += u[i] * v[i];
        }
        return sum;
    }

    /// Steps of the first recording whose tokens, requests and KV lie within half of a step's of the second.
    private static List<StepWork> matched(Recording a, Recording b) {
        TreeMap<String, Boolean> seen = new TreeMap<>();
        works(b).forEach(work -> seen.put(bin(work), true));
        return works(a).stream().filter(work -> seen.containsKey(bin(work))).toList();
    }

    private static List<StepWork> works(Recording recording) {
        return StepSamples.steps(recording).stream().flatMap(List::stream).filter(StepSamples.Step::usable).map(StepSamples.Step::work)
                .toList();
    }

    private static String bin(StepWork work) {
        return work.context() + " " + bin(work.tokens()) + " " + bin(work.requests()) + " " + bin(work.kvTokens());
    }

    private static long bin(double quantity) {
        return Math.round(Math.log(quantity + 1) / Math.log(BIN));
    }

    private static List<KernelChange> kernels(Recording a, Recording b) {
        Map<String, double[]> before = means(a);
        List<KernelChange> changes = new ArrayList<>();
        means(b).forEach((name, after) -> {
            double[] first = before.get(name);
            if (first != null) {
                double from = first[0] / first[1];
                double to = after[0] / after[1];
                changes.add(new KernelChange(name, from, to, change(from, to)));
            }
        });
        return changes;
    }

    private static Map<String, double[]> means(Recording recording) {
        Map<String, double[]> sums = new TreeMap<>();
        for (KernelRecord kernel : recording.kernels()) {
            double[] sum = sums.computeIfAbsent(kernel.name(), name -> new double[2]);
            sum[0] += kernel.timeNanos();
            sum[1]++;
        }
        return sums;
    }
}
