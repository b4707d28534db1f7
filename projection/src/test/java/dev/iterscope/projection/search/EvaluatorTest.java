package dev.iterscope.projection.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.iterscope.projection.metrics.Latency;
import dev.iterscope.projection.metrics.ServingMetrics;
import dev.iterscope.projection.model.FittedStepModel.Support;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class EvaluatorTest {

    static SweepPoint point(int budget, double throughput, double itl) {
        Latency latency = new Latency(itl, 0, itl, itl, itl, itl);
        return new SweepPoint(Setting.of(budget, 8), OptionalLong.empty(), Support.INTERPOLATED,
                new ServingMetrics(1, 10, 0, 100, Math.round(throughput), OptionalDouble.empty(), 0, 0, latency, latency, latency, latency,
                        new ServingMetrics.EngineWork(1, 0, 0)),
                OptionalDouble.empty(), Optional.empty());
    }

    private static MeasuredPoint measured(int budget, double throughput, double itl) {
        return new MeasuredPoint(Setting.of(budget, 8), OptionalLong.empty(),
                Map.of("output_throughput", throughput, "p99_itl_ms", itl), 3, 1);
    }

    @Test
    void regretIsMeasuredAgainstTheBestMeasuredSetting() {
        List<SweepPoint> predicted = List.of(point(128, 100, 10), point(512, 200, 20), point(2048, 210, 80));
        List<MeasuredPoint> truth = List.of(measured(128, 80, 10), measured(512, 190, 20), measured(2048, 200, 90));
        Evaluation free = Evaluator.evaluate(predicted, truth, new Objective(Slo.NONE, new Goal.Knee()), Optional.of(new Setting(512, 8)),
                Optional.of(new Setting(128, 8)));
        assertThat(free.regretPercent().orElseThrow()).isCloseTo(5, within(1e-9));
        assertThat(free.nullRegret().keep().orElseThrow()).isCloseTo(60, within(1e-9));
        assertThat(free.nullRegret().smallest()).isEqualTo(free.nullRegret().keep());
        assertThat(free.nullRegret().fixed2048().orElseThrow()).isZero();
        assertThat(free.rankCorrelation()).hasValue(1);
        assertThat(free.errors().get("output_throughput")).isCloseTo(100 * (200.0 / 190 - 1), within(1e-9));
    }

    @Test
    void missingTheObjectiveCostsInProportion() {
        List<MeasuredPoint> truth = List.of(measured(128, 80, 10), measured(512, 190, 20), measured(2048, 200, 90));
        Evaluation tight =
                Evaluator.evaluate(List.of(), truth, new Objective(Slo.parse("p99_itl_ms<=30"), new Goal.HighestRate()),
                        Optional.of(new Setting(2048, 8)),
                        Optional.empty());
        assertThat(tight.regretPercent().orElseThrow()).isCloseTo(100 * (1 - 200 / 3.0 / 190), within(1e-9));
        assertThat(tight.nullRegret().keep()).isEmpty();
    }
}
