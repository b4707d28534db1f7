package dev.iterscope.projection.search;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.projection.metrics.Latency;
import dev.iterscope.projection.metrics.ServingMetrics;
import dev.iterscope.projection.model.FittedStepModel.Support;
import dev.iterscope.projection.search.Recommendation.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class RecommenderTest {

    private static SweepPoint point(int budget, double throughput, double itl) {
        return EvaluatorTest.point(budget, throughput, itl);
    }

    /// The same with draws that move its throughput by these factors.
    private static SweepPoint drawn(SweepPoint point, double... factors) {
        List<Map<String, Double>> draws = new ArrayList<>();
        for (double factor : factors) {
            draws.add(Map.of("output_throughput", factor));
        }
        return new SweepPoint(point.setting(), OptionalLong.empty(), point.support(), point.metrics(), draws, OptionalDouble.empty(),
                Optional.empty());
    }

    private static SweepPoint bounded(SweepPoint point) {
        return new SweepPoint(point.setting(), OptionalLong.empty(), Support.BOUNDED, point.metrics(), List.of(), OptionalDouble.empty(),
                Optional.empty());
    }

    private static Recommendation recommend(String slo, int present, SweepPoint... points) {
        return recommend(slo, new Setting(present, 8), points);
    }

    private static Recommendation recommend(String slo, Setting present, SweepPoint... points) {
        return new Recommender(List.of(points), Optional.of(present), slo.isEmpty() ? Slo.NONE : Slo.parse(slo), Optional.empty(),
                Optional.of("before.jfr")).recommend(Optional.empty());
    }

    private static SweepPoint at(Setting setting, double throughput, double itl) {
        SweepPoint point = point(setting.maxNumBatchedTokens(), throughput, itl);
        return new SweepPoint(setting, OptionalLong.empty(), point.support(), point.metrics(), List.of(), OptionalDouble.empty(),
                Optional.empty());
    }

    @Test
    void withTwoSequenceLimitsTheGainIsAgainstTheLimitThatRunsNow() {
        Setting now = new Setting(512, 64);
        Setting fewer = new Setting(512, 16);
        Recommendation answer = recommend("p99_itl_ms<=30", now, at(fewer, 900, 20), at(now, 1000, 60));
        assertThat(answer.verdict()).isEqualTo(Verdict.CHANGE);
        assertThat(answer.setting()).hasValue(fewer);
        assertThat(answer.reasons()).anyMatch(reason -> reason.contains("512/64 misses p99_itl_ms<=30 with 60.0; 512/16 meets it"));
        assertThat(answer.command()).isEqualTo("--max-num-batched-tokens 512 --max-num-seqs 16");
        assertThat(answer.nextMeasurement()).hasValueSatisfying(next -> assertThat(next).contains("compare before.jfr AFTER.jfr"));
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
        assertThat(answer.command()).isEqualTo("--max-num-batched-tokens 512 --max-num-seqs 8");
    }

    @Test
    void aFlatCurveKeepsAndSaysWhatLatencyWouldGain() {
        Recommendation answer = recommend("", 2048, point(512, 995, 20), point(2048, 1000, 80));
        assertThat(answer.verdict()).isEqualTo(Verdict.KEEP);
        assertThat(answer.maxNumBatchedTokens()).hasValue(2048);
        assertThat(answer.reasons()).anyMatch(reason -> reason.contains("p99 ITL from 80.0 to 20.0 ms"));
    }

    @Test
    void aGainInsideTheNoiseKeeps() {
        Recommendation answer = recommend("", 512, drawn(point(512, 1000, 20), 1, 1, 1), drawn(point(2048, 1040, 80), 0.93, 1, 1.07));
        assertThat(answer.verdict()).isEqualTo(Verdict.KEEP);
        assertThat(answer.gain()).hasValueSatisfying(range -> assertThat(range.containsZero()).isTrue());
    }

    @Test
    void noiseThatAllSettingsShareDoesNotHideAGain() {
        Recommendation answer = recommend("", 512, drawn(point(512, 1000, 20), 0.9, 1, 1.1), drawn(point(2048, 1040, 80), 0.9, 1, 1.1));
        assertThat(answer.verdict()).isEqualTo(Verdict.CHANGE);
    }

    @Test
    void anObjectiveOutweighsThroughput() {
        Recommendation answer = recommend("p99_itl_ms<=30", 2048, point(512, 900, 20), point(2048, 1000, 80));
        assertThat(answer.verdict()).isEqualTo(Verdict.CHANGE);
        assertThat(answer.maxNumBatchedTokens()).hasValue(512);
    }

    @Test
    void whatTheDataOnlyBoundIsNotRecommended() {
        Recommendation answer = recommend("", 512, point(512, 900, 20), bounded(point(2048, 1200, 80)));
        assertThat(answer.verdict()).isEqualTo(Verdict.REFUSE);
        assertThat(answer.maxNumBatchedTokens()).isEmpty();
        assertThat(answer.nextMeasurement()).isPresent();
    }

    @Test
    void aBoundedSettingThatMayBeBetterIsNamedAsTheNextMeasurement() {
        Recommendation answer = recommend(
                "p99_itl_ms<=30", 512, bounded(point(64, 850, 25)), point(256, 900, 60), point(512, 950, 120));
        assertThat(answer.maxNumBatchedTokens()).hasValue(256);
        assertThat(answer.nextMeasurement()).hasValueSatisfying(next -> assertThat(next).contains("record also at 64"));
    }

    @Test
    void whereNothingCanBeServedTheAnswerIsRefusedForThatReason() {
        SweepPoint one = point(512, 0, 0);
        ServingMetrics nothing = new ServingMetrics(0, 0, 10, 0, 0, OptionalDouble.empty(), 0, 0, Latency.NONE, Latency.NONE, Latency.NONE,
                Latency.NONE, new ServingMetrics.EngineWork(0, 0, 0));
        Recommendation answer = recommend("", 512, new SweepPoint(one.setting(), OptionalLong.empty(), one.support(), nothing, List.of(),
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
