package dev.iterscope.projection.report;

import dev.iterscope.projection.metrics.Latency;
import dev.iterscope.projection.model.FittedStepModel.Support;
import dev.iterscope.projection.report.SvgChart.At;
import dev.iterscope.projection.search.Interval95;
import dev.iterscope.projection.search.MeasuredPoint;
import dev.iterscope.projection.search.Slo;
import dev.iterscope.projection.search.SweepPoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.DoubleStream;

/// The charts of a sweep: throughput, tail latencies, and the two of them against each other.
final class SweepCharts {
    private static final String BUDGET = "max-num-batched-tokens";
    /// Labels nearer than this would cover each other.
    private static final double LABEL_DISTANCE = 34;

    private final ProjectionReport report;
    private final List<SweepPoint> points;

    SweepCharts(ProjectionReport report) {
        this.report = report;
        this.points = report.sweep();
    }

    private SvgScale budgets() {
        return SvgScale.logarithmic(
                points.getFirst().maxNumBatchedTokens(), points.getLast().maxNumBatchedTokens(), SvgChart.LEFT, SvgChart.RIGHT);
    }

    private List<Double> budgetTicks() {
        int every = Math.max(1, (points.size() + 8) / 9);
        List<Double> ticks = new ArrayList<>();
        for (int i = 0; i < points.size(); i += every) {
            double budget = points.get(i).maxNumBatchedTokens();
            if (ticks.isEmpty() || budget > ticks.getLast() * 1.15) {
                ticks.add(budget);
            }
        }
        return ticks;
    }

    /// Throughput with its intervals, predictions and measurements.
    String throughput() {
        double most = points.stream()
                .mapToDouble(point -> point.interval("output_throughput")
                        .map(Interval95::high)
                        .orElse(point.metrics().outputThroughput()))
                .max()
                .orElse(1);
        double mostMeasured = report.measured().stream().mapToDouble(point -> value(point, "output_throughput")).max().orElse(0);
        SvgChart chart = new SvgChart(
                "output throughput by " + BUDGET,
                budgets(),
                SvgScale.linear(0, Math.max(most, mostMeasured), SvgChart.BOTTOM, SvgChart.TOP),
                BUDGET,
                "output tokens/s",
                budgetTicks());
        if (points.stream().allMatch(point -> point.interval("output_throughput").isPresent())) {
            chart.area(0, edge(Interval95::high), edge(Interval95::low));
        }
        chart.path(0, values(point -> point.metrics().outputThroughput()));
        for (SweepPoint point : points) {
            chart.mark(0, style(point), new At(point.maxNumBatchedTokens(), point.metrics().outputThroughput()), tip(point));
        }
        measured(chart, 1, "output_throughput");
        return Html.figure("Throughput", Html.legend(0, "predicted, with 95 % band") + measuredLegend() + supportLegend(), chart.render());
    }

    private List<At> edge(Function<Interval95, Double> end) {
        return points.stream()
                .map(point -> new At(point.maxNumBatchedTokens(), end.apply(point.interval("output_throughput").orElseThrow())))
                .toList();
    }

    private List<At> values(Function<SweepPoint, Double> value) {
        return points.stream().map(point -> new At(point.maxNumBatchedTokens(), value.apply(point))).toList();
    }

    /// One latency's tail and mean, with the objective's bounds on it.
    String latency(String title, String key, Function<SweepPoint, Latency> latency) {
        DoubleStream all =
                points.stream().flatMapToDouble(point -> DoubleStream.of(latency.apply(point).p99(), latency.apply(point).mean()));
        double[] positive = all.filter(value -> value > 0).toArray();
        if (positive.length == 0) {
            return "";
        }
        double low = DoubleStream.of(positive).min().orElse(1);
        double high = DoubleStream.of(positive).max().orElse(1);
        SvgChart chart = new SvgChart(
                title + " by " + BUDGET,
                budgets(),
                SvgScale.logarithmic(low, high, SvgChart.BOTTOM, SvgChart.TOP),
                BUDGET,
                "ms (logarithmic)",
                budgetTicks());
        chart.path(0, values(point -> latency.apply(point).p99())).path(2, values(point -> latency.apply(point).mean()));
        for (SweepPoint point : points) {
            double budget = point.maxNumBatchedTokens();
            chart.mark(0, style(point), new At(budget, latency.apply(point).p99()), tip(point));
            chart.mark(2, style(point), new At(budget, latency.apply(point).mean()), tip(point));
        }
        for (Slo.Bound bound : report.slo().bounds()) {
            if (bound.key().endsWith("_" + key + "_ms")) {
                chart.bound(bound.limit(), bound.toString());
            }
        }
        measured(chart, 1, "p99_" + key + "_ms");
        return Html.figure(title, Html.legend(0, "p99") + " " + Html.legend(2, "mean") + measuredLegend(), chart.render());
    }

    /// Throughput per device against speed per user: what cannot be had together lies beyond the upper right edge.
    String pareto() {
        int devices = report.recording().map(recording -> recording.settings().tensorParallel().orElse(1)).orElse(1);
        List<SweepPoint> usable = points.stream().filter(point -> point.metrics().tpot().mean() > 0).toList();
        if (usable.isEmpty()) {
            return "";
        }
        double fastest = usable.stream().mapToDouble(point -> 1000 / point.metrics().tpot().mean()).max().orElse(1);
        double most = usable.stream().mapToDouble(point -> point.metrics().outputThroughput() / devices).max().orElse(1);
        SvgScale x = SvgScale.linear(0, fastest, SvgChart.LEFT, SvgChart.RIGHT);
        SvgChart chart = new SvgChart(
                "throughput per device against speed per user",
                x,
                SvgScale.linear(0, most, SvgChart.BOTTOM, SvgChart.TOP),
                "tokens/s per user (1 / mean TPOT)",
                "tokens/s per device",
                x.ticks());
        List<At> line = usable.stream().map(point -> pareto(point, devices)).toList();
        chart.path(3, line);
        double labelled = Double.NEGATIVE_INFINITY;
        for (SweepPoint point : usable) {
            At at = pareto(point, devices);
            chart.mark(3, style(point), at, tip(point));
            if (Math.abs(x.at(at.x()) - labelled) > LABEL_DISTANCE) {
                labelled = x.at(at.x());
                chart.label(at, String.valueOf(point.maxNumBatchedTokens()));
            }
        }
        return Html.figure("Throughput against speed per user", "labels are " + BUDGET, chart.render());
    }

    private static At pareto(SweepPoint point, int devices) {
        return new At(1000 / point.metrics().tpot().mean(), point.metrics().outputThroughput() / devices);
    }

    private void measured(SvgChart chart, int series, String key) {
        for (MeasuredPoint point : report.measured()) {
            double value = value(point, key);
            double half = value * point.spreadPercent() / 200;
            chart.square(
                    series,
                    new At(point.setting().maxNumBatchedTokens(), value),
                    value - half,
                    value + half,
                    String.format(
                            Locale.ROOT,
                            "measured at %d\n%s %s\n%d runs, spread %.1f %%",
                            point.setting().maxNumBatchedTokens(),
                            key,
                            Figures.readable(value),
                            point.runs(),
                            point.spreadPercent()));
        }
    }

    private static double value(MeasuredPoint point, String key) {
        return point.values().getOrDefault(key, 0.0);
    }

    private String measuredLegend() {
        return report.measured().isEmpty() ? "" : " " + Html.legend(1, "measured");
    }

    private static String supportLegend() {
        return "; filled marks are interpolated, hollow ones extrapolated, dashed ones only bounded";
    }

    private String style(SweepPoint point) {
        String support = point.support() == Support.INTERPOLATED ? "" : point.support() == Support.EXTRAPOLATED ? "open" : "bounded";
        boolean present = report.present().isPresent() && report.present().getAsInt() == point.maxNumBatchedTokens();
        return support + (present ? " present" : "");
    }

    private static String tip(SweepPoint point) {
        Optional<Interval95> interval = point.interval("output_throughput");
        return String.format(
                Locale.ROOT,
                "max-num-batched-tokens %d (%s)\n%s output tokens/s%s\nTTFT p99 %s ms, mean %s ms\nITL p99 %s ms, TPOT mean %s ms\nKV peak %s, %d preemptions%s",
                point.maxNumBatchedTokens(),
                point.support().label(),
                Figures.readable(point.metrics().outputThroughput()),
                interval.map(range -> " (95 %: " + Figures.readable(range.low()) + " to " + Figures.readable(range.high()) + ")")
                        .orElse(""),
                Figures.readable(point.metrics().ttft().p99()),
                Figures.readable(point.metrics().ttft().mean()),
                Figures.readable(point.metrics().itl().p99()),
                Figures.readable(point.metrics().tpot().mean()),
                Figures.percent(point.metrics().engine().peakKvUsage()),
                point.metrics().engine().preemptions(),
                point.sloMet().map(met -> met ? "\nmeets the objective" : "\nmisses the objective").orElse(""));
    }
}
