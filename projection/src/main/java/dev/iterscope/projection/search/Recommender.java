package dev.iterscope.projection.search;

import dev.iterscope.projection.model.FittedStepModel.Support;
import dev.iterscope.projection.model.ModelSummary;
import dev.iterscope.projection.search.Recommendation.Verdict;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/// Turns a sweep into an answer.
///
/// With an objective, the setting with the highest expected [Objective] over the draws is the candidate. Without one, it is the knee:
/// the smallest budget whose throughput is within [#FLAT_PERCENT] of the best, since what lies above only costs latency.
/// The candidate is recommended when its gain over the present setting is at least [#WORTHWHILE_PERCENT] (without an objective, more
/// than [#FLAT_PERCENT], for throughput alone is bought with latency) and the gain's interval lies above zero; else the present setting stays. Points that rest on bounds only are never recommended.
public final class Recommender {
    /// Throughput this close to the best counts as flat.
    public static final double FLAT_PERCENT = 3;
    /// Gains below this are not worth a restart, and below what two runs of one setting differ by.
    public static final double WORTHWHILE_PERCENT = 1;
    private static final List<String> PRICED =
            List.of("p99_itl_ms", "mean_itl_ms", "p99_tpot_ms", "mean_tpot_ms", "p99_ttft_ms", "mean_ttft_ms", "p99_e2el_ms");

    private final List<SweepPoint> points;
    private final Optional<Setting> presentSetting;
    private final Optional<SweepPoint> present;
    private final Objective objective;
    private final Optional<ModelSummary> model;
    private final Optional<String> recording;
    private final List<String> reasons = new ArrayList<>();

    /// @param points    the sweep, ascending
    /// @param present   the present setting, if known
    /// @param slo       the service-level objective
    /// @param model     the model behind the predictions
    /// @param recording name of the recording that the present setting is known from, for commands to paste
    public Recommender(
            List<SweepPoint> points, Optional<Setting> present, Slo slo, Optional<ModelSummary> model, Optional<String> recording) {
        this.points = List.copyOf(points);
        this.objective = new Objective(slo);
        this.model = model;
        this.recording = recording;
        this.presentSetting = present;
        this.present = present.flatMap(
                setting -> points.stream().filter(point -> point.setting().equals(setting)).findFirst());
    }

    /// An answer that was ruled out before anything was simulated.
    public static Recommendation refuse(String reason, Optional<String> nextMeasurement) {
        return Recommendation.refuse(List.of(reason), nextMeasurement);
    }

    /// The answer.
    ///
    /// @param refusal why there must be none, if so: an unknown KV capacity, or a workload that had to be guessed
    public Recommendation recommend(Optional<String> refusal) {
        refusal.ifPresent(reasons::add);
        List<SweepPoint> candidates = points.stream().filter(this::isCandidate).toList();
        if (!points.isEmpty() && points.stream().noneMatch(point -> point.metrics().completed() > 0)) {
            reasons.add("no setting serves any request: each needs more KV blocks than there are");
            return Recommendation.refuse(List.copyOf(reasons),
                    Optional.of("give more KV blocks (--num-gpu-blocks-override), or shorter requests"));
        }
        boolean nothingElse = candidates.stream().allMatch(this::isPresent);
        if (refusal.isPresent() || nothingElse) {
            if (nothingElse) {
                reasons.add(points.size() == candidates.size()
                        ? "no other setting was swept"
                        : "the data bound what other settings would do, but do not say it");
            }
            model.ifPresent(summary -> reasons.addAll(summary.diagnosis()));
            return Recommendation.refuse(List.copyOf(reasons), nextMeasurement());
        }
        boolean someBounded = points.stream().anyMatch(point -> point.support() == Support.BOUNDED);
        if (someBounded) {
            reasons.add("settings that the data only bound were left out");
        }
        SweepPoint candidate = objective.slo().isEmpty() ? knee(candidates) : best(candidates);
        if (present.isEmpty()) {
            return withoutPresent(candidate);
        }
        return isPresent(candidate) ? keep(candidate, runnerUp(candidates, candidate)) : compare(candidate, present.get());
    }

    private boolean isCandidate(SweepPoint point) {
        boolean serves = point.metrics().completed() > 0;
        return serves && (point.support() != Support.BOUNDED || isPresent(point));
    }

    private boolean isPresent(SweepPoint point) {
        return presentSetting.isPresent() && point.setting().equals(presentSetting.get());
    }

    /// Highest expected objective; among equals (0.1 %), the one with most room below its bounds.
    private SweepPoint best(List<SweepPoint> candidates) {
        double most = candidates.stream().mapToDouble(this::expected).max().orElseThrow();
        return candidates.stream()
                .filter(point -> expected(point) >= most * (1 - 1e-3))
                .min(Comparator.comparingDouble(point -> objective.slo().worstExcess(point.metrics().values())))
                .orElseThrow();
    }

    private double expected(SweepPoint point) {
        if (point.draws().isEmpty()) {
            return objective.of(point.metrics().values());
        }
        double sum = 0;
        for (int i = 0; i < point.draws().size(); i++) {
            sum += objective.of(point.drawn(i));
        }
        return sum / point.draws().size();
    }

    private static SweepPoint knee(List<SweepPoint> candidates) {
        double most = candidates.stream().mapToDouble(Recommender::throughput).max().orElseThrow();
        return candidates.stream()
                .filter(point -> throughput(point) >= most * (1 - FLAT_PERCENT / 100))
                .min(Comparator.comparingInt(SweepPoint::maxNumBatchedTokens)
                        .thenComparing(Recommender::throughput, Comparator.reverseOrder()))
                .orElseThrow();
    }

    private static double throughput(SweepPoint point) {
        return point.metrics().outputThroughput();
    }

    private Optional<SweepPoint> runnerUp(List<SweepPoint> candidates, SweepPoint chosen) {
        return candidates.stream().filter(point -> !point.setting().equals(chosen.setting()))
                .max(Comparator.comparingDouble(this::expected));
    }

    private Recommendation withoutPresent(SweepPoint candidate) {
        reasons.add(String.format(
                Locale.ROOT,
                "%s is %s; the present setting %s, so no gain can be said",
                name(candidate),
                objective.slo().isEmpty()
                        ? "the smallest budget within " + Math.round(FLAT_PERCENT) + " % of the highest throughput"
                        : "best in " + objective.words(),
                presentSetting.isPresent() ? "(" + presentSetting.get() + ") is not among those swept" : "is not known"));
        sayObjective(candidate);
        return new Recommendation(
                Verdict.CHANGE,
                Optional.of(candidate.setting()),
                OptionalDouble.empty(),
                Optional.empty(),
                Map.of(),
                List.copyOf(reasons),
                command(candidate),
                Optional.of("record the same workload with these flags and run: iterscope project AFTER.jfr"));
    }

    /// The setting as the sweep tells its points apart: by the budget alone where nothing else varies.
    private String name(SweepPoint point) {
        boolean alone = points.stream().noneMatch(
                other -> other.maxNumBatchedTokens() == point.maxNumBatchedTokens() && !other.setting().equals(point.setting()));
        return alone ? String.valueOf(point.maxNumBatchedTokens()) : point.setting().toString();
    }

    private Recommendation compare(SweepPoint candidate, SweepPoint now) {
        double gain = gain(candidate.metrics().values(), now.metrics().values());
        Optional<Interval95> interval = gainInterval(candidate, now);
        boolean beyondNoise = interval.map(range -> range.low() > 0).orElse(gain > 0);
        if (gain >= worthwhilePercent() && beyondNoise) {
            return change(candidate, now, gain, interval);
        }
        return keep(now, Optional.of(candidate));
    }

    private double worthwhilePercent() {
        return objective.slo().isEmpty() ? FLAT_PERCENT : WORTHWHILE_PERCENT;
    }

    /// Says which bounds the present setting misses, and what they become, so that a gain in the objective can be understood.
    private void sayWhatIsMissed(SweepPoint now, SweepPoint candidate) {
        for (Slo.Bound bound : objective.slo().bounds()) {
            double before = now.metrics().values().getOrDefault(bound.key(), Double.NaN);
            double after = candidate.metrics().values().getOrDefault(bound.key(), Double.NaN);
            if (!bound.holds(before)) {
                reasons.add(String.format(
                        Locale.ROOT,
                        "the present %s misses %s with %.1f; %s %s with %.1f",
                        name(now),
                        bound,
                        before,
                        name(candidate),
                        bound.holds(after) ? "meets it" : "misses it too,",
                        after));
            }
        }
    }

    private Recommendation change(SweepPoint candidate, SweepPoint now, double gain, Optional<Interval95> interval) {
        sayWhatIsMissed(now, candidate);
        reasons.add(String.format(
                Locale.ROOT,
                "output throughput: %+.1f %% at %s against %s%s",
                100 * (throughput(candidate) / throughput(now) - 1),
                name(candidate),
                name(now),
                objective.slo().isEmpty()
                        ? ""
                        : String.format(
                                Locale.ROOT,
                                "; the objective, which is throughput divided by the factor that a bound is exceeded by: %+.1f %%",
                                gain)));
        sayObjective(candidate);
        saySupport(candidate);
        return new Recommendation(
                Verdict.CHANGE,
                Optional.of(candidate.setting()),
                OptionalDouble.of(gain),
                interval,
                price(candidate, now),
                List.copyOf(reasons),
                command(candidate),
                Optional.of("record the same workload with these flags and run: iterscope compare " + recording.orElse("BEFORE.jfr")
                        + " AFTER.jfr"
                        + promising(candidate).map(words -> "; " + words).orElse("")));
    }

    private Recommendation keep(SweepPoint now, Optional<SweepPoint> other) {
        OptionalDouble gain = OptionalDouble.empty();
        Optional<Interval95> interval = Optional.empty();
        if (other.isPresent()) {
            SweepPoint alternative = other.get();
            double value = gain(alternative.metrics().values(), now.metrics().values());
            gain = OptionalDouble.of(value);
            interval = gainInterval(alternative, now);
            reasons.add(String.format(
                    Locale.ROOT,
                    "the best other setting, %s, would change %s by %+.1f %%%s",
                    name(alternative),
                    objective.words(),
                    value,
                    interval.map(range -> String.format(Locale.ROOT, " (95 %%: %+.1f to %+.1f)", range.low(), range.high()))
                            .orElse("")));
            sayCheaperLatency(now);
        }
        sayObjective(now);
        return new Recommendation(
                Verdict.KEEP,
                Optional.of(now.setting()),
                gain,
                interval,
                other.map(alternative -> price(alternative, now)).orElse(Map.of()),
                List.copyOf(reasons),
                command(now),
                promising(now));
    }

    /// A setting that the data only bound, but whose best estimate is better than the answer's: worth a recording.
    private Optional<String> promising(SweepPoint chosen) {
        double reached = objective.of(chosen.metrics().values());
        return points.stream()
                .filter(point -> point.support() == Support.BOUNDED && !isPresent(point))
                .filter(point -> objective.of(point.metrics().values()) > reached * (1 + worthwhilePercent() / 100))
                .max(Comparator.comparingDouble(point -> objective.of(point.metrics().values())))
                .map(point -> String.format(
                        Locale.ROOT,
                        "record also at %s, which may be better still (%s: %+.1f %%, but the data only bound it)%s",
                        name(point),
                        objective.words(),
                        gain(point.metrics().values(), chosen.metrics().values()),
                        point.next().map(next -> ": " + next.words()).orElse("")));
    }

    /// Without an objective: a smaller budget that costs next to no throughput but halves a tail is worth a word.
    private void sayCheaperLatency(SweepPoint now) {
        if (!objective.slo().isEmpty()) {
            return;
        }
        points.stream()
                .filter(point -> isCandidate(point) && throughput(point) >= throughput(now) * (1 - FLAT_PERCENT / 100))
                .min(Comparator.comparingDouble(point -> point.metrics().itl().p99()))
                .filter(point -> !isPresent(point) && point.metrics().itl().p99() < 0.8 * now.metrics().itl().p99())
                .ifPresent(point -> reasons.add(String.format(
                        Locale.ROOT,
                        "%s would change p99 ITL from %.1f to %.1f ms and p99 TTFT from %.0f to %.0f ms at %+.1f %% throughput;"
                                + " give --slo to have latency decide",
                        name(point),
                        now.metrics().itl().p99(),
                        point.metrics().itl().p99(),
                        now.metrics().ttft().p99(),
                        point.metrics().ttft().p99(),
                        100 * (throughput(point) / throughput(now) - 1))));
    }

    private void sayObjective(SweepPoint point) {
        if (!objective.slo().isEmpty() && !point.sloMet().orElse(true)) {
            boolean none = points.stream().noneMatch(any -> any.sloMet().orElse(false));
            reasons.add((none ? "no setting meets " : "no setting that the data determine meets ") + objective.slo() + "; "
                    + name(point) + " misses it by "
                    + Math.round(100 * Math.max(0, objective.slo().worstExcess(point.metrics().values()))) + " %");
        }
    }

    private void saySupport(SweepPoint point) {
        if (point.support() == Support.EXTRAPOLATED) {
            reasons.add(name(point) + " lies outside of what was recorded: its prediction rests on the physical terms");
        }
    }

    private double gain(Map<String, Double> values, Map<String, Double> now) {
        double base = objective.of(now);
        return base > 0 ? 100 * (objective.of(values) / base - 1) : 0;
    }

    private Optional<Interval95> gainInterval(SweepPoint candidate, SweepPoint now) {
        int count = Math.min(candidate.draws().size(), now.draws().size());
        if (count == 0) {
            return Optional.empty();
        }
        double[] gains = new double[count];
        for (int i = 0; i < count; i++) {
            gains[i] = gain(candidate.drawn(i), now.drawn(i));
        }
        return Optional.of(Interval95.of(gains).with(gain(candidate.metrics().values(), now.metrics().values())));
    }

    private static Map<String, Double> price(SweepPoint candidate, SweepPoint now) {
        Map<String, Double> price = new LinkedHashMap<>();
        Map<String, Double> before = now.metrics().values();
        candidate.metrics().values().forEach((key, value) -> {
            double old = before.getOrDefault(key, 0.0);
            if (PRICED.contains(key) && old > 0) {
                price.put(key, 100 * (value / old - 1));
            }
        });
        return price;
    }

    private static String command(SweepPoint point) {
        return "--max-num-batched-tokens " + point.maxNumBatchedTokens() + " --max-num-seqs " + point.setting().maxNumSeqs();
    }

    /// The measurement that determines most of the points that are open, else what the model lacks in general.
    private Optional<String> nextMeasurement() {
        return points.stream()
                .flatMap(point -> point.next().stream())
                .max(Comparator.comparingInt(next -> next.determines().size()))
                .map(NextMeasurement::words)
                .or(() -> model.flatMap(ModelSummary::nextMeasurement))
                .or(() -> Optional
                        .of("record the service at half the present max-num-batched-tokens and project both recordings together"));
    }
}
