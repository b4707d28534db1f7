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
    private static final double NORMAL_95 = 1.959964;

    /// A term's cost over the matched batches.
    ///
    /// @param name         the term
    /// @param aNanos       nanoseconds in the first recording
    /// @param bNanos       nanoseconds in the second
    /// @param change       the difference, nanoseconds, with its 95 % interval: what either recording leaves open of the term is in it
    /// @param identifiable whether both fits use the term and both recordings tell it apart
    public record TermChange(String name, double aNanos, double bNanos, Change change, boolean identifiable) {
        /// True when the term can be told apart and its interval lies on one side of zero: one that only one of the fits uses has not
        /// changed but gone by another name.
        public boolean isShown() {
            return identifiable && change.isShown();
        }
    }

    /// Mean time of a kernel.
    ///
    /// @param name   the kernel
    /// @param aNanos mean in the first recording
    /// @param bNanos mean in the second
    /// @param change the difference, nanoseconds, with its 95 % interval: the scatter of its executions, and what repetitions differ by
    public record KernelChange(String name, double aNanos, double bNanos, Change change) {}

    /// A difference in nanoseconds, second less first.
    ///
    /// @param before  nanoseconds in the first recording
    /// @param nanos   best estimate
    /// @param lowNanos95  lower end of its 95 % interval
    /// @param highNanos95 upper end
    public record Change(double before, double nanos, double lowNanos95, double highNanos95) {
        /// True when the interval lies on one side of zero.
        public boolean isShown() {
            return lowNanos95 > 0 || highNanos95 < 0;
        }

        /// The difference in per cent of the first; empty where the first recording shows no cost.
        public OptionalDouble percent() {
            return percent(nanos);
        }

        /// Lower end in per cent of the first.
        public OptionalDouble lowPercent95() {
            return percent(lowNanos95);
        }

        /// Upper end in per cent of the first.
        public OptionalDouble highPercent95() {
            return percent(highNanos95);
        }

        private OptionalDouble percent(double difference) {
            return before > 0 ? OptionalDouble.of(100 * difference / before) : OptionalDouble.empty();
        }
    }

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
        double[][] differences = new double[StepTerm.COUNT][DRAWS];
        for (int i = 0; i < DRAWS; i++) {
            double[] a95 = modelA.drawCoefficients(i, 1);
            double[] b95 = modelB.drawCoefficients(i, 2);
            changes[i] = change(dot(a95, work), dot(b95, workB));
            for (int j = 0; j < differences.length; j++) {
                differences[j][i] = b95[j] * workB[j] - a95[j] * work[j];
            }
        }
        Arrays.sort(changes);
        List<TermChange> terms = new ArrayList<>();
        for (StepTerm term : StepTerm.values()) {
            if (modelA.uses(term) || modelB.uses(term)) {
                double before = modelA.coefficients()[term.index()] * work[term.index()];
                double after = modelB.coefficients()[term.index()] * workB[term.index()];
                double[] drawn = differences[term.index()];
                Arrays.sort(drawn);
                terms.add(new TermChange(term.label(), before, after, new Change(before, after - before, low95(drawn), high95(drawn)),
                        modelA.uses(term) && modelB.uses(term) && modelA.knows(term) && modelB.knows(term)));
            }
        }
        return new RecordingComparison(matched.size(), change(dot(modelA.coefficients(), work), dot(modelB.coefficients(), workB)),
                low95(changes), high95(changes), terms, kernels(a, b));
    }

    private static double low95(double[] sorted) {
        return sorted[(int) (0.025 * (sorted.length - 1))];
    }

    private static double high95(double[] sorted) {
        return sorted[(int) Math.ceil(0.975 * (sorted.length - 1))];
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
        Map<String, Executions> before = executions(a);
        List<KernelChange> changes = new ArrayList<>();
        executions(b).forEach((name, after) -> {
            Executions first = before.get(name);
            if (first != null) {
                double from = first.mean();
                double to = after.mean();
                double runs = IterationOptions.DEFAULTS.betweenRunDeviation();
                double half =
                        NORMAL_95 * Math.hypot(Math.hypot(first.errorOfMean(), runs * from), Math.hypot(after.errorOfMean(), runs * to));
                changes.add(new KernelChange(name, from, to, new Change(from, to - from, to - from - half, to - from + half)));
            }
        });
        return changes;
    }

    /// Executions of one kernel.
    ///
    /// @param count   how many
    /// @param sum     their time, nanoseconds
    /// @param squares sum of its squares
    private record Executions(long count, double sum, double squares) {
        Executions with(double nanos) {
            return new Executions(count + 1, sum + nanos, squares + nanos * nanos);
        }

        double mean() {
            return sum / count;
        }

        double errorOfMean() {
            return Math.sqrt(Math.max(0, squares / count - mean() * mean()) / count);
        }
    }

    private static Map<String, Executions> executions(Recording recording) {
        Map<String, Executions> sums = new TreeMap<>();
        for (KernelRecord kernel : recording.kernels()) {
            sums.put(kernel.name(), sums.getOrDefault(kernel.name(), new Executions(0, 0, 0)).with((double) kernel.timeNanos()));
        }
        return sums;
    }
}
