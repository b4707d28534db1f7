package dev.iterscope.projection.model;

import dev.iterscope.projection.recording.Recording;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/// Steps of two recordings of one service, compared on like batches: did a change make the device's work faster?
///
/// Only batches that both recordings hold are compared ([LikeBatches]), so that another mix of batches does not pass for another speed. Terms
/// are told apart by how the difference of like batches depends on what they are made of ([TermRatios]), not by two fits, which may split
/// the same time in two ways. Intervals hold the scatter of steps, what like batches leave open, and what repetitions of a run are assumed to
/// differ by.
///
/// @param matchedSteps  steps of the first recording whose like the second has
/// @param share         the part of all steps' time that like batches hold, 0..1; in the recording in which it is smaller
/// @param changePercent time of those batches in the second against the first, per cent; negative is faster; NaN without any
/// @param low95         lower end of its 95 % interval
/// @param high95        upper end
/// @param terms         the same for each term that either fit uses
/// @param kernels       mean time of each kernel that both recorded, on like work
public record RecordingComparison(
        int matchedSteps, double share, double changePercent, double low95, double high95, List<TermChange> terms,
        List<KernelChange> kernels) {
    private static final double NORMAL_95 = 1.959964;
    /// A term that is a smaller part of every like batch cannot be compared.
    private static final double SMALL = 0.05;
    /// Nor one of whose cost the like batches hold a smaller part in either recording: they say little of it.
    private static final double COVERED = 0.2;

    /// A term's cost over the like batches.
    ///
    /// @param name   the term; `dense` is the dense layers as a whole
    /// @param aNanos nanoseconds in the first recording
    /// @param change the difference, nanoseconds, with its 95 % interval; empty where the term cannot be compared
    /// @param reason why it cannot be compared, else empty
    public record TermChange(String name, double aNanos, Optional<Change> change, String reason) {
        /// True when the term can be compared and its interval lies on one side of zero.
        public boolean isShown() {
            return change.map(Change::isShown).orElse(false);
        }
    }

    /// Mean time of a kernel.
    ///
    /// @param name   the kernel
    /// @param aNanos mean in the first recording
    /// @param bNanos mean in the second
    /// @param change the difference, nanoseconds, with its 95 % interval: the scatter of its executions, and what repetitions differ by; empty
    ///               where it cannot be compared
    /// @param reason why it cannot be compared, else empty
    public record KernelChange(String name, double aNanos, double bNanos, Optional<Change> change, String reason) {
        /// True when the kernel can be compared and its interval lies on one side of zero.
        public boolean isShown() {
            return change.map(Change::isShown).orElse(false);
        }
    }

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

    /// True when like batches hold enough of the steps' time in both recordings to speak for them.
    public boolean isComparable() {
        return share >= COVERED;
    }

    /// True when the steps can be compared and the interval lies on one side of zero.
    public boolean isShown() {
        return isComparable() && (low95 > 0 || high95 < 0);
    }

    /// Compares two recordings, each beside the model fitted to it.
    public static RecordingComparison of(Recording a, IterationStepModel modelA, Recording b, IterationStepModel modelB) {
        LikeBatches like = LikeBatches.of(
                StepSamples.of(a, IterationOptions.DEFAULTS), modelA, StepSamples.of(b, IterationOptions.DEFAULTS), modelB);
        List<KernelChange> kernels = LikeKernels.compare(a, b);
        if (like.bins().isEmpty()) {
            return new RecordingComparison(0, 0, Double.NaN, Double.NaN, Double.NaN, List.of(), kernels);
        }
        TermRatios ratios = TermRatios.of(like);
        List<TermChange> terms = new ArrayList<>();
        for (StepTerm term : StepTerm.values()) {
            if (term != StepTerm.DENSE_KNEE && (uses(modelA, term) || uses(modelB, term))) {
                terms.add(term(term, like, ratios));
            }
        }
        double half = NORMAL_95 * like.ratio() * Math.hypot(like.deviation(), between(0));
        double change = like.ratio() - 1;
        return new RecordingComparison(like.steps(), like.share(), 100 * change, 100 * (change - half), 100 * (change + half), terms,
                kernels);
    }

    private static boolean uses(IterationStepModel model, StepTerm term) {
        return model.uses(term) || (term == StepTerm.DENSE && model.uses(StepTerm.DENSE_KNEE));
    }

    /// What two runs of one service differ by, as a share.
    private static double between(double perTerm) {
        return Math.sqrt(2) * Math.hypot(IterationOptions.DEFAULTS.betweenRunDeviation(), perTerm);
    }

    private static TermChange term(StepTerm term, LikeBatches like, TermRatios ratios) {
        double before = like.nanos(term);
        Optional<String> reason = reason(term, like, ratios);
        if (reason.isPresent()) {
            return new TermChange(term.label(), before, Optional.empty(), reason.get());
        }
        double ratio = ratios.ratio(term).orElseThrow();
        double repeated = ratio * between(IterationOptions.DEFAULTS.perTermDeviation());
        double half = NORMAL_95 * before * Math.hypot(ratios.deviation(term), repeated);
        double nanos = before * (ratio - 1);
        return new TermChange(term.label(), before, Optional.of(new Change(before, nanos, nanos - half, nanos + half)), "");
    }

    private static Optional<String> reason(StepTerm term, LikeBatches like, TermRatios ratios) {
        if (like.nanos(term) <= 0) {
            return Optional.of("no batch that both recordings hold has a cost of this kind");
        }
        double covered = like.covered().getOrDefault(term, 0.0);
        if (covered < COVERED) {
            return Optional.of(String.format(Locale.ROOT,
                    "the batches that both recordings hold carry %.0f %% of its cost in one of them", 100 * covered));
        }
        if (like.largestShare(term) < SMALL) {
            return Optional.of("too small a part of the batches that both recordings hold");
        }
        return ratios.isTold(term)
                ? Optional.empty()
                : Optional.of("the batches that both recordings hold do not tell it apart from other costs");
    }
}
