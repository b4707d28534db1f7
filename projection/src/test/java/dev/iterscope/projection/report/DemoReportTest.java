package dev.iterscope.projection.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.projection.metrics.Latency;
import dev.iterscope.projection.metrics.ServingMetrics;
import dev.iterscope.projection.report.DemoReport.Served;
import dev.iterscope.projection.search.Evaluator;
import dev.iterscope.projection.search.Goal;
import dev.iterscope.projection.search.MeasuredPoint;
import dev.iterscope.projection.search.Objective;
import dev.iterscope.projection.search.Recommendation;
import dev.iterscope.projection.search.Recommendation.Verdict;
import dev.iterscope.projection.search.Setting;
import dev.iterscope.projection.search.Slo;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class DemoReportTest {
    private static final Slo SLO = Slo.parse("p99_itl_ms<=100");
    private static final Setting PRESENT = Setting.of(2048, 64);
    private static final Setting RECOMMENDED = Setting.of(512, 64);
    private static final Setting NEIGHBOUR = Setting.of(256, 64);

    @Test
    void saysThatTheRecommendedSettingMetTheObjectiveAndWasBest() {
        String text = story(200, List.of(point(NEIGHBOUR, 240, 40, 0), point(RECOMMENDED, 250, 60, 0), point(PRESENT, 250, 200, 0)));

        assertThat(text).contains("measured, 512 met p99_itl_ms<=100", "regret: the recommended setting is 0.0 % worse",
                "keeping the present one would be 50.0 % worse").doesNotContain("too noisy");
    }

    @Test
    void saysThatItMissedTheObjectiveAndThatAnotherWasBetter() {
        String text = story(200, List.of(point(NEIGHBOUR, 250, 40, 0), point(RECOMMENDED, 250, 125, 0), point(PRESENT, 250, 200, 0)));

        assertThat(text).contains("measured, 512 missed p99_itl_ms<=100 with 125.0", "regret: the recommended setting is 20.0 % worse");
    }

    @Test
    void saysWithFiguresThatTheMachineIsTooNoisyWhereTheSameRequestsDiffer() {
        String text = story(300, List.of(point(RECOMMENDED, 250, 60, 0), point(PRESENT, 250, 200, 0)));

        assertThat(text).contains("this machine is too noisy to measure", "300.0 ms and then of 200.0 ms");
    }

    @Test
    void saysSoToWhereRunsOfOneSettingDiffer() {
        String text = story(200, List.of(point(RECOMMENDED, 250, 60, 40), point(PRESENT, 250, 200, 5)));

        assertThat(text).contains("this machine is too noisy to measure", "up to 40 % apart");
    }

    private static MeasuredPoint point(Setting setting, double throughput, double itl, double spread) {
        return new MeasuredPoint(
                setting, OptionalLong.empty(), Map.of("output_throughput", throughput, "p99_itl_ms", itl), 2, spread);
    }

    /// What is told on a wide terminal.
    ///
    /// @param recordedItl p99 of the present setting while it was recorded
    private static String story(double recordedItl, List<MeasuredPoint> measured) {
        Recommendation answer = new Recommendation(Verdict.CHANGE, Optional.empty(), Optional.of(RECOMMENDED), List.of(),
                OptionalDouble.empty(), Optional.empty(), Map.of(), List.of(), "", Optional.empty());
        ProjectionReport report = new ProjectionReport(Optional.empty(), Optional.empty(), List.of(), Optional.empty(), SLO,
                Optional.empty(), Optional.of(PRESENT), List.of(), Map.of(), measured,
                Optional.of(Evaluator.evaluate(List.of(), measured, new Objective(SLO, Goal.standard(SLO, true)), Optional.of(RECOMMENDED),
                        Optional.of(PRESENT))),
                answer,
                new Deployment("fcfs", "static", OptionalInt.of(1), 1, Optional.of(false), OptionalInt.of(1)), List.of(), List.of(),
                Provenance.NONE);
        Latency itl = new Latency(recordedItl, recordedItl, 0, recordedItl, recordedItl, recordedItl);
        ServingMetrics recorded = new ServingMetrics(10, 1, 0, 1, 1, OptionalDouble.empty(), 1, 1, Latency.NONE, Latency.NONE, itl,
                Latency.NONE, new ServingMetrics.EngineWork(1, 0, 0));
        StringWriter text = new StringWriter();
        new DemoReport(new Served("a machine", "", "requests", PRESENT.maxNumBatchedTokens()), recorded, report, List.of())
                .write(new PrintWriter(text), 400, false);
        return text.toString();
    }
}
