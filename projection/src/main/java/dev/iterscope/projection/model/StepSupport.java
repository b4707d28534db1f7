package dev.iterscope.projection.model;

import dev.iterscope.engine.schedule.StepCounts;
import dev.iterscope.projection.model.FittedStepModel.Support;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// How far recorded batches determine predicted steps, and which batches would determine the rest.
final class StepSupport {
    /// Terms below this share of a step do not decide whether the step was seen before.
    static final double NEGLIGIBLE = 0.02;
    /// A quantity up to this much beyond the largest seen counts as seen.
    private static final double RANGE_MARGIN = 1.25;
    /// Share of the time that may lie in steps that are not determined.
    private static final double TOLERATED_SHARE = 0.05;
    /// A measurement that is asked for has to do more than just suffice: what the server then does differs from what was simulated.
    private static final double ASKED_MARGIN = 1.05;
    private static final double ASKED_SHARE = 0.02;
    /// Shorter recordings are not asked for: the first steps are cold, and times scatter.
    private static final int FEWEST_STEPS = 50;
    /// A real run's first steps are not those of the simulation, so somewhat more than suffice are asked for.
    private static final double MORE_THAN_ENOUGH = 1.5;
    private static final double GROWTH = 1.3;

    private final Identifiability known;
    private final DenseShape shape;
    private final double typical;
    private final double[] coefficients;
    private final StepFactor.Beyond recorded;
    private final RecordedSizes sizes;
    private final double rangeMargin;
    private final double toleratedShare;

    /// @param known        what the batches tell
    /// @param shape        shape of the dense layers under which it was worked out
    /// @param typical      a typical step's time, nanoseconds
    /// @param coefficients nanoseconds per unit of each term
    /// @param recorded     largest quantities of the recorded steps
    /// @param sizes        their numbers of tokens
    StepSupport(Identifiability known, DenseShape shape, double typical, double[] coefficients, StepFactor.Beyond recorded,
            RecordedSizes sizes) {
        this(known, shape, typical, coefficients, recorded, sizes, RANGE_MARGIN, TOLERATED_SHARE);
    }

    private StepSupport(Identifiability known, DenseShape shape, double typical, double[] coefficients, StepFactor.Beyond recorded,
            RecordedSizes sizes, double rangeMargin, double toleratedShare) {
        this.known = known;
        this.shape = shape;
        this.typical = typical;
        this.coefficients = coefficients.clone();
        this.recorded = recorded;
        this.sizes = sizes;
        this.rangeMargin = rangeMargin;
        this.toleratedShare = toleratedShare;
    }

    /// A step and what its prediction rests on.
    private record Judged(StepCounts counts, double nanos, Support support) {}

    /// What the prediction of one step rests on.
    ///
    /// @param nanos its predicted time
    Support of(StepWork work, double nanos) {
        double[] quantities = quantities(work);
        if (known.uncertaintyOf(quantities) * typical > Identifiability.STEP_KNOWN * nanos) {
            return Support.BOUNDED;
        }
        return wasSeen(quantities, nanos) && !mayHideStair(work, nanos) ? Support.INTERPOLATED : Support.EXTRAPOLATED;
    }

    private double[] quantities(StepWork work) {
        double[] quantities = new double[StepTerm.COUNT];
        work.addTo(quantities, shape);
        return quantities;
    }

    private boolean wasSeen(double[] quantities, double nanos) {
        for (StepTerm term : StepTerm.values()) {
            if (matters(term, quantities, nanos) && quantities[term.index()] > rangeMargin * known.seenMost()[term.index()]) {
                return false;
            }
        }
        return true;
    }

    /// Whether a stair between the recorded sizes around this one may move the step's time further than what is known may be off. That
    /// the fit took tiles of some size does not settle it: sizes so far apart do not tell tiles apart.
    private boolean mayHideStair(StepWork work, double nanos) {
        RecordedSizes.Gap gap = sizes.around(work.tokens());
        double slope = (denseNanos(gap.above()) - denseNanos(gap.below())) / Math.max(1, gap.above() - gap.below());
        if (!work.context()) {
            // A request is a token there, and what tiles cost may have been charged to either.
            slope += coefficients[StepTerm.REQUESTS.index()];
        }
        return slope * gap.hidden() > Identifiability.STEP_KNOWN * nanos;
    }

    private double denseNanos(double tokens) {
        return coefficients[StepTerm.DENSE.index()] * shape.dense(tokens)
                + coefficients[StepTerm.DENSE_KNEE.index()] * shape.kneePart(tokens);
    }

    private boolean matters(StepTerm term, double[] quantities, double nanos) {
        return coefficients[term.index()] * quantities[term.index()] > NEGLIGIBLE * nanos;
    }

    private List<Judged> judge(Collection<StepCounts> visited, LinearStepTimes times) {
        List<Judged> judged = new ArrayList<>(visited.size());
        for (StepCounts counts : visited) {
            double nanos = times.deviceNanos(counts);
            judged.add(new Judged(counts, nanos, of(StepWork.of(counts), nanos)));
        }
        return judged;
    }

    /// What the prediction of a run rests on.
    Support of(Collection<StepCounts> visited, LinearStepTimes times) {
        return of(judge(visited, times));
    }

    private Support of(List<Judged> steps) {
        double total = 0;
        double bounded = 0;
        double unseen = 0;
        for (Judged step : steps) {
            total += step.nanos();
            switch (step.support()) {
                case BOUNDED -> bounded += step.nanos();
                case EXTRAPOLATED -> unseen += step.nanos();
                case INTERPOLATED -> {
                    // Seen before.
                }
            }
        }
        if (bounded > toleratedShare * total) {
            return Support.BOUNDED;
        }
        return bounded + unseen > toleratedShare * total ? Support.EXTRAPOLATED : Support.INTERPOLATED;
    }

    /// What the predictions would rest on, were these steps recorded too, judged more strictly.
    StepSupport after(RunSteps more, LinearStepTimes times) {
        List<double[]> rows = new ArrayList<>();
        double[] nanos = new double[more.sample().size()];
        StepFactor.Beyond most = recorded;
        List<StepWork> works = new ArrayList<>();
        for (StepCounts counts : more.sample()) {
            nanos[rows.size()] = times.deviceNanos(counts);
            StepWork work = StepWork.of(counts);
            rows.add(quantities(work));
            works.add(work);
            most = most.with(work);
        }
        return new StepSupport(known.with(rows, nanos, typical, more.each()), shape, typical, coefficients, most, sizes.with(works),
                ASKED_MARGIN, ASKED_SHARE);
    }

    /// What a run's prediction lacks, and the fewest of its own first steps that would supply it; empty where nothing is missing.
    Optional<MissingData> missing(RunSteps run, LinearStepTimes times) {
        List<Judged> steps = judge(run.sample(), times);
        Support support = of(steps);
        if (support == Support.INTERPOLATED) {
            return Optional.empty();
        }
        double enough = FEWEST_STEPS;
        while (enough < run.steps() && after(run.first((long) enough), times).of(run.sample(), times) != Support.INTERPOLATED) {
            enough *= GROWTH;
        }
        int asked = (int) Math.min(Math.max(run.steps(), 1), rounded(MORE_THAN_ENOUGH * enough));
        List<Judged> open = steps.stream()
                .filter(step -> support == Support.BOUNDED ? step.support() == Support.BOUNDED : step.support() != Support.INTERPOLATED)
                .toList();
        String reason = support == Support.BOUNDED ? notApart(open) : beyond(open);
        return Optional.of(new MissingData.Steps(reason, asked, MissingData.Batch.of(typicalOf(open))));
    }

    /// Up to two significant digits.
    private static long rounded(double steps) {
        double unit = Math.pow(10, Math.max(0, Math.floor(Math.log10(steps)) - 1));
        return (long) (Math.ceil(steps / unit) * unit);
    }

    /// The step with as much time in larger ones as in smaller ones.
    private static StepCounts typicalOf(List<Judged> open) {
        List<Judged> bySize = open.stream()
                .sorted(Comparator.comparingInt((Judged step) -> step.counts().scheduledTokens()))
                .toList();
        double half = bySize.stream().mapToDouble(Judged::nanos).sum() / 2;
        for (Judged step : bySize) {
            half -= step.nanos();
            if (half <= 0) {
                return step.counts();
            }
        }
        return bySize.getLast().counts();
    }

    /// The terms that the data leave open and that these steps hang on.
    private String notApart(List<Judged> open) {
        Map<StepTerm, Double> shares = new EnumMap<>(StepTerm.class);
        for (Judged step : open) {
            double[] quantities = quantities(StepWork.of(step.counts()));
            for (StepTerm term : StepTerm.values()) {
                if (!known.isKnown(term) && quantities[term.index()] > 0) {
                    shares.merge(term, known.deviationOf(term, quantities), Math::max);
                }
            }
        }
        double most = shares.values().stream().mapToDouble(Double::doubleValue).max().orElse(0);
        List<String> words = shares.entrySet().stream()
                .filter(share -> share.getValue() > 0.2 * most)
                .map(share -> words(share.getKey()))
                .distinct()
                .toList();
        return switch (words.size()) {
            case 0 -> "the recorded batches are too few to tell what these steps cost";
            case 1 -> "the recorded batches do not tell " + words.getFirst();
            default -> "the recorded batches do not tell apart " + String.join(", ", words.subList(0, words.size() - 1)) + " and "
                    + words.getLast() + ", of which these steps hold another mixture";
        };
    }

    private static String words(StepTerm term) {
        return switch (term) {
            case FIXED -> "the fixed cost of a step";
            case DENSE, DENSE_KNEE -> "the cost of a token";
            case CONTEXT_ATTENTION -> "the attention of prompts";
            case GENERATION_ATTENTION -> "the attention of generating requests";
            case REQUESTS -> "the cost of a request";
            case CONTEXT_STEP -> "what a step with context work costs more";
        };
    }

    /// The quantity that lies farthest beyond what was recorded.
    private String beyond(List<Judged> open) {
        double farthest = 0;
        String reason = betweenSizes(open).orElse("the recorded batches do not hold such steps");
        for (Judged step : open) {
            StepWork work = StepWork.of(step.counts());
            double[] quantities = quantities(work);
            for (StepTerm term : StepTerm.values()) {
                double times = quantities[term.index()] / Math.max(known.seenMost()[term.index()], 1e-9);
                if (matters(term, quantities, step.nanos()) && times > RANGE_MARGIN && times > farthest) {
                    farthest = times;
                    reason = reason(term, work);
                }
            }
        }
        return reason;
    }

    private Optional<String> betweenSizes(List<Judged> open) {
        return open.stream()
                .filter(step -> mayHideStair(StepWork.of(step.counts()), step.nanos()))
                .max(Comparator.comparingDouble(Judged::nanos))
                .map(step -> sizes.around(step.counts().scheduledTokens()))
                .map(gap -> String.format(Locale.ROOT,
                        "no step between %,.0f and %,.0f scheduled tokens was recorded, where matrix products may grow by a tile at once",
                        gap.below(), gap.above()));
    }

    private String reason(StepTerm term, StepWork work) {
        return switch (term) {
            case FIXED, CONTEXT_STEP -> "no step of this kind was recorded";
            case DENSE, DENSE_KNEE -> reason("scheduled tokens", work.tokens(), recorded.tokens());
            case CONTEXT_ATTENTION -> reason("query x key pairs", work.pairs(), recorded.pairs());
            case GENERATION_ATTENTION -> reason("KV tokens of generating requests", work.kvTokens(), recorded.kvTokens());
            case REQUESTS -> reason("requests", work.requests(), known.seenMost()[term.index()]);
        };
    }

    private static String reason(String what, double asked, double seen) {
        return String.format(Locale.ROOT, "steps hold up to %,.0f %s, and at most %,.0f were recorded", asked, what, seen);
    }
}
