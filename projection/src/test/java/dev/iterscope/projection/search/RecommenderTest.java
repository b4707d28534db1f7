package dev.iterscope.projection.search;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.projection.metrics.Latency;
import dev.iterscope.projection.metrics.ServingMetrics;
import dev.iterscope.projection.model.FittedStepModel.Support;
import dev.iterscope.projection.search.Recommendation.Verdict;
import dev.iterscope.projection.serving.ServingEngines;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class RecommenderTest {
    private static final Goal MEAN_E2EL = new Goal.Key("mean_e2el_ms", Goal.Direction.LOWER);

    private static SweepPoint point(int budget, double throughput, double itl) {
        return EvaluatorTest.point(budget, throughput, itl);
    }

    /// The same with draws that move its throughput by these factors.
    private static SweepPoint drawn(SweepPoint point, double... factors) {
        List<Map<String, Double>> draws = new ArrayList<>();
        for (double factor : factors) {
            draws.add(Map.of("output_throughput", factor));
        }
        return point.withDraws(draws, Slo.NONE);
    }

    /// The same held against an objective, with the rate that meets it, and draws in which a share of ten misses it.
    private static SweepPoint held(SweepPoint point, String slo, double maxRate, int missesOfTen) {
        Slo objective = Slo.parse(slo);
        SweepPoint held = new SweepPoint(
                point.setting(), point.kvCapacityTokens(), point.support(), point.metrics(),
                maxRate > 0 ? OptionalDouble.of(maxRate) : OptionalDouble.empty(), Optional.of(objective.isMet(point.metrics().values())));
        String key = objective.bounds().getFirst().key();
        double missing = 2 * objective.bounds().getFirst().limit() / point.metrics().itl().p99();
        List<Map<String, Double>> draws = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            draws.add(Map.of(key, i % 10 < missesOfTen ? missing : 1.0));
        }
        return held.withDraws(draws, objective);
    }

    private static SweepPoint rates(SweepPoint point, double... factors) {
        List<Double> rates = new ArrayList<>();
        for (double factor : factors) {
            rates.add(factor * point.maxRequestRate().orElseThrow());
        }
        return point.withRates(rates);
    }

    private static SweepPoint supported(SweepPoint point, Support support) {
        return new SweepPoint(point.setting(), OptionalLong.empty(), support, point.next(), point.effect(), point.metrics(), point.draws(),
                point.maxRequestRate(), point.rateDraws(), point.sloMet(), point.probabilityMet());
    }

    private static SweepPoint bounded(SweepPoint point) {
        return supported(point, Support.BOUNDED);
    }

    private static Recommendation recommend(String slo, int present, SweepPoint... points) {
        return recommend(slo, new Setting(present, 8), points);
    }

    private static Recommendation recommend(String slo, Setting present, SweepPoint... points) {
        return recommend(slo.isEmpty() ? new Goal.Knee() : new Goal.HighestRate(), slo, Optional.of(present), points);
    }

    private static Recommendation recommend(Goal goal, String slo, Optional<Setting> present, SweepPoint... points) {
        Rule rule = new Rule(goal, slo.isEmpty() ? Slo.NONE : Slo.parse(slo), Rule.DEFAULT_LEVEL, present);
        return new Recommender(List.of(points), rule, Optional.empty(), Optional.of("before.jfr")).recommend(Optional.empty());
    }

    @Test
    void withTwoSequenceLimitsTheGainIsAgainstTheLimitThatRunsNow() {
        Setting now = new Setting(512, 64);
        Setting fewer = new Setting(512, 16);
        Recommendation answer = recommend("p99_itl_ms<=30", now, at(fewer, 900, 20, 5), at(now, 1000, 60, 2));
        assertThat(answer.verdict()).isEqualTo(Verdict.CHANGE);
        assertThat(answer.setting()).hasValue(fewer);
        assertThat(answer.reasons()).anyMatch(reason -> reason.contains("512/64 misses p99_itl_ms<=30 with 60.0; 512/16 meets it"));
        assertThat(answer.inTheWordsOf(ServingEngines.ofOptions(), Optional.of(now)).command()).isEqualTo("--max-num-seqs 16");
        assertThat(answer.nextMeasurement()).hasValueSatisfying(next -> assertThat(next).contains("compare before.jfr AFTER.jfr"));
        assertThat(answer.gainPercent().orElseThrow()).isEqualTo(150);
    }

    private static SweepPoint at(Setting setting, double throughput, double itl, double maxRate) {
        SweepPoint point = point(setting.maxNumBatchedTokens(), throughput, itl);
        return new SweepPoint(setting, OptionalLong.empty(), point.support(), point.metrics(), OptionalDouble.of(maxRate),
                Optional.of(itl <= 30));
    }

    @Test
    void aPresentSettingThatIsNotSweptGivesNoGain() {
        Recommendation answer = recommend("", new Setting(4096, 8), point(512, 900, 20), point(2048, 1000, 80));
        assertThat(answer.gainPercent()).isEmpty();
        assertThat(answer.reasons()).anyMatch(reason -> reason.contains("(4096/8) is not among those swept"));
    }

    @Test
    void theSettingOfAServiceIsItsRecordedOne() {
        List<Setting> one = List.of(new Setting(128, 32), new Setting(512, 32));
        List<Setting> two = List.of(new Setting(512, 16), new Setting(512, 64));
        assertThat(Setting.present(one, OptionalInt.of(512), OptionalInt.of(64))).hasValue(new Setting(512, 32));
        assertThat(Setting.present(two, OptionalInt.of(512), OptionalInt.of(64))).hasValue(new Setting(512, 64));
        assertThat(Setting.present(two, OptionalInt.of(512), OptionalInt.empty())).isEmpty();
        assertThat(Setting.present(two, OptionalInt.empty(), OptionalInt.of(64))).isEmpty();
    }

    @Test
    void withoutAnObjectiveTheKneeIsEnough() {
        Recommendation answer = recommend("", 128, point(128, 700, 10), point(512, 990, 20), point(2048, 1000, 80));
        assertThat(answer.verdict()).isEqualTo(Verdict.CHANGE);
        assertThat(answer.maxNumBatchedTokens()).hasValue(512);
        assertThat(answer.price()).containsEntry("p99_itl_ms", 100.0);
        assertThat(answer.inTheWordsOf(ServingEngines.named("sglang").orElseThrow(), Optional.of(new Setting(128, 8))).command())
                .isEqualTo("--chunked-prefill-size 512");
    }

    @Test
    void aFlatCurveKeepsAndSaysWhatLatencyWouldGain() {
        Recommendation answer = recommend("", 2048, point(512, 995, 20), point(2048, 1000, 80));
        assertThat(answer.verdict()).isEqualTo(Verdict.KEEP);
        assertThat(answer.maxNumBatchedTokens()).hasValue(2048);
        assertThat(answer.reasons()).anyMatch(reason -> reason.contains("p99 ITL from 80.0 to 20.0 ms"));
    }

    @Test
    void aGainInsideTheNoiseKeepsAndNamesTheTie() {
        Recommendation answer = recommend("", 512, drawn(point(512, 1000, 20), 1, 1, 1), drawn(point(2048, 1040, 80), 0.93, 1, 1.07));
        assertThat(answer.verdict()).isEqualTo(Verdict.KEEP);
        assertThat(answer.gain()).hasValueSatisfying(range -> assertThat(range.containsZero()).isTrue());
        assertThat(answer.ties()).containsExactly(new Setting(512, 8), new Setting(2048, 8));
    }

    @Test
    void noiseThatAllSettingsShareDoesNotHideAGain() {
        Recommendation answer = recommend("", 512, drawn(point(512, 1000, 20), 0.9, 1, 1.1), drawn(point(2048, 1040, 80), 0.9, 1, 1.1));
        assertThat(answer.verdict()).isEqualTo(Verdict.CHANGE);
    }

    @Test
    void amongSettingsThatMeetTheObjectiveTheHighestRateWins() {
        String slo = "p99_itl_ms<=100";
        Recommendation answer = recommend(new Goal.HighestRate(), slo, Optional.empty(), held(point(256, 878, 40), slo, 10.8, 0),
                held(point(2048, 878, 70), slo, 16.3, 0), held(point(8192, 878, 95), slo, 14.1, 0));
        assertThat(answer.maxNumBatchedTokens()).hasValue(2048);
    }

    /// A finite load may meet an objective at whatever rate it arrives.
    @Test
    void ofSettingsThatMeetTheObjectiveAtEveryRateTheOneThatServesMoreWins() {
        String slo = "p99_itl_ms<=100";
        Recommendation answer =
                recommend(Goal.standard(Slo.parse(slo), true), slo, Optional.empty(), held(point(256, 800, 40), slo, 7.45, 0),
                        held(point(512, 920, 70), slo, 7.44, 0));
        assertThat(answer.maxNumBatchedTokens()).hasValue(512);
        assertThat(answer.ties()).containsExactly(new Setting(512, 8));
    }

    @Test
    void aSettingThatTooFewDrawsMeetIsOut() {
        String slo = "p99_itl_ms<=100";
        Recommendation answer =
                recommend(slo, 512, held(point(512, 878, 60), slo, 9, 0), held(point(2048, 878, 95), slo, 16.3, 2));
        assertThat(answer.verdict()).isEqualTo(Verdict.KEEP);
        assertThat(answer.ties()).containsExactly(new Setting(512, 8));
    }

    @Test
    void ofTiesThePresentOneWinsThenTheBestSupportedThenTheOneWithMostRoom() {
        String slo = "p99_itl_ms<=100";
        SweepPoint roomy = supported(rates(held(point(256, 878, 40), slo, 10.0, 0), 1.1, 1, 0.9), Support.EXTRAPOLATED);
        SweepPoint present = rates(held(point(512, 878, 60), slo, 10.1, 0), 1.1, 1, 0.9);
        SweepPoint leader = rates(held(point(2048, 878, 70), slo, 10.3, 0), 0.9, 1, 1.1);
        SweepPoint tight = rates(held(point(4096, 878, 90), slo, 10.2, 0), 1.1, 1, 0.9);
        assertThat(recommend(slo, 512, roomy, present, leader, tight).verdict()).isEqualTo(Verdict.KEEP);
        Recommendation other = recommend(new Goal.HighestRate(), slo, Optional.empty(), roomy, leader, tight);
        assertThat(other.ties()).hasSize(3);
        assertThat(other.maxNumBatchedTokens()).hasValue(2048);
    }

    @Test
    void whereNoneMeetsTheObjectiveTheLikeliestIsNamedAsSuch() {
        String slo = "p99_itl_ms<=100";
        Recommendation answer =
                recommend(slo, 2048, held(point(512, 878, 98), slo, 6, 4), held(point(2048, 878, 150), slo, 1, 10));
        assertThat(answer.verdict()).isEqualTo(Verdict.CHANGE);
        assertThat(answer.maxNumBatchedTokens()).hasValue(512);
        assertThat(answer.ties()).isEmpty();
        assertThat(answer.reasons()).anyMatch(reason -> reason.contains("no setting meets p99_itl_ms<=100 with probability 0.90"));
    }

    @Test
    void aNamedResultIsMinimisedWithinTheObjective() {
        String slo = "p99_itl_ms<=100";
        Recommendation answer = recommend(MEAN_E2EL, slo, Optional.of(new Setting(2048, 8)), held(point(512, 878, 40), slo, 6, 0),
                held(point(1024, 878, 30), slo, 3, 0), held(point(2048, 878, 60), slo, 16, 0), held(point(4096, 878, 20), slo, 16, 3));
        assertThat(answer.maxNumBatchedTokens()).hasValue(1024);
        assertThat(answer.gainPercent().orElseThrow()).isEqualTo(50);
    }

    @Test
    void whatTheDataOnlyBoundIsNotChosenWhereItMayBeBetterOrWorse() {
        Recommendation answer =
                recommend("", 512, drawn(point(512, 900, 20), 1, 1, 1), drawn(bounded(point(2048, 1200, 80)), 0.5, 1, 1.1));
        assertThat(answer.verdict()).isEqualTo(Verdict.REFUSE);
        assertThat(answer.maxNumBatchedTokens()).isEmpty();
        assertThat(answer.reasons()).anyMatch(reason -> reason.contains("by at most +4"));
        assertThat(answer.nextMeasurement()).isPresent();
    }

    @Test
    void whereEvenTheBoundsLeaveNothingToGainThePresentSettingStays() {
        Recommendation answer =
                recommend("", 512, drawn(point(512, 900, 20), 1, 1, 1), drawn(bounded(point(2048, 900, 20)), 0.5, 1, 1.01));
        assertThat(answer.verdict()).isEqualTo(Verdict.KEEP);
    }

    @Test
    void aBoundedSettingThatMayBeBetterIsNamedAsTheNextMeasurement() {
        String slo = "p99_itl_ms<=100";
        Recommendation answer = recommend(slo, 512, bounded(held(point(64, 850, 25), slo, 30, 3)),
                held(point(256, 900, 60), slo, 20, 0), held(point(512, 950, 120), slo, 3, 10));
        assertThat(answer.maxNumBatchedTokens()).hasValue(256);
        assertThat(answer.nextMeasurement()).hasValueSatisfying(next -> assertThat(next).contains("record also at 64"));
    }

    @Test
    void whereNothingCanBeServedTheAnswerIsRefusedForThatReason() {
        SweepPoint one = point(512, 0, 0);
        ServingMetrics nothing = new ServingMetrics(0, 0, 10, 0, 0, OptionalDouble.empty(), 0, 0, Latency.NONE, Latency.NONE, Latency.NONE,
                Latency.NONE, new ServingMetrics.EngineWork(0, 0, 0));
        Recommendation answer = recommend("", 512, new SweepPoint(one.setting(), OptionalLong.empty(), one.support(), nothing,
                OptionalDouble.empty(), Optional.empty()));
        assertThat(answer.verdict()).isEqualTo(Verdict.REFUSE);
        assertThat(answer.reasons()).first().asString().contains("KV blocks");
    }

    /// Where the data leave much open the draws may all lie on one side of the estimate.
    @Test
    void anIntervalHoldsItsEstimate() {
        SweepPoint point = drawn(point(512, 1000, 20), 0.7, 0.8, 0.9);
        assertThat(point.interval("output_throughput")).hasValueSatisfying(range -> assertThat(range.high()).isEqualTo(1000));
    }
}
