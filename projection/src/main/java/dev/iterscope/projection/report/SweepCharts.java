package dev.iterscope.projection.report;

import dev.iterscope.projection.metrics.Latency;
import dev.iterscope.projection.model.FittedStepModel.Support;
import dev.iterscope.projection.report.page.Html;
import dev.iterscope.projection.report.page.SvgChart;
import dev.iterscope.projection.report.page.SvgChart.At;
import dev.iterscope.projection.report.page.SvgScale;
import dev.iterscope.projection.search.Interval95;
import dev.iterscope.projection.search.MeasuredPoint;
import dev.iterscope.projection.search.Slo;
import dev.iterscope.projection.search.SweepPoint;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/// The charts of a sweep: throughput, tail latencies, KV cache, the highest rate, and throughput against speed per user. Where
/// max-num-seqs varies too, each of its values is a line of its own.
final class SweepCharts {
    private static final String BUDGET = "max-num-batched-tokens";
    private static final String THROUGHPUT = "output_throughput";
    private static final int MEASURED = 1;
    /// A bound so many times beyond all values would squeeze them into a corner.
    private static final double FARTHEST_BOUND = 8;
    /// Colours of lines by max-num-seqs; the measurements' colour is left out.
    private static final int[] LINE_COLOURS = {0, 2, 3, 4};

    private final ProjectionReport report;
    private final List<SweepPoint> points;
    private final List<Line> lines;

    /// Points that are joined.
    private record Line(String name, int series, List<SweepPoint> points) {}

    SweepCharts(ProjectionReport report) {
        this.report = report;
        this.points = report.sweep();
        this.lines = lines(report);
    }

    private static List<Line> lines(ProjectionReport report) {
        if (!report.variesSequences()) {
            return List.of(new Line("predicted", LINE_COLOURS[0], report.sweep()));
        }
        Map<Integer, List<SweepPoint>> bySequences = new TreeMap<>();
        report.sweep().forEach(point -> bySequences.computeIfAbsent(point.setting().maxNumSeqs(), _ -> new ArrayList<>()).add(point));
        List<Line> lines = new ArrayList<>();
        bySequences.forEach((sequences, members) -> lines
                .add(new Line("max-num-seqs " + sequences, LINE_COLOURS[lines.size() % LINE_COLOURS.length], members)));
        return lines;
    }

    private SvgScale budgets() {
        return SvgScale.logarithmic(
                points.getFirst().maxNumBatchedTokens(), points.getLast().maxNumBatchedTokens(), SvgChart.LEFT, SvgChart.RIGHT);
    }

    private List<Double> budgetTicks() {
        return points.stream().map(point -> (double) point.maxNumBatchedTokens()).distinct().toList();
    }

    private SvgChart byBudget(String label, SvgScale y, String yTitle) {
        return new SvgChart(label + " by " + BUDGET, budgets(), y, BUDGET, yTitle, budgetTicks());
    }

    /// Throughput with its intervals, predictions and measurements.
    String throughput() {
        double most = points.stream()
                .mapToDouble(point -> point.interval(THROUGHPUT)
                        .map(Interval95::high)
                        .orElse(point.metrics().outputThroughput()))
                .max()
                .orElse(1);
        double mostMeasured = report.measured().stream().mapToDouble(point -> value(point, THROUGHPUT)).max().orElse(0);
        SvgScale y = SvgScale.linear(0, Math.max(most, mostMeasured), SvgChart.BOTTOM, SvgChart.TOP);
        SvgChart chart = byBudget("output throughput", y, "output tokens/s");
        for (Line line : lines) {
            line(chart, line.series, line.points, point -> point.metrics().outputThroughput(), THROUGHPUT);
        }
        measured(chart, THROUGHPUT);
        return Html.figure("Throughput", lineLegend() + bandLegend() + measuredLegend(), chart.render());
    }

    /// A line with its band and its marks.
    private void line(SvgChart chart, int series, List<SweepPoint> line, ToDoubleFunction<SweepPoint> value, String key) {
        if (line.size() > 1 && line.stream().allMatch(point -> point.interval(key).isPresent())) {
            chart.area(series, edge(line, key, Interval95::high), edge(line, key, Interval95::low));
        }
        line(chart, series, line, value);
    }

    /// A line with its marks.
    private void line(SvgChart chart, int series, List<SweepPoint> line, ToDoubleFunction<SweepPoint> value) {
        chart.path(series, line.stream().map(point -> at(point, value)).toList());
        line.forEach(point -> chart.mark(series, style(point), at(point, value), tip(point)));
    }

    private static At at(SweepPoint point, ToDoubleFunction<SweepPoint> value) {
        return new At(point.maxNumBatchedTokens(), value.applyAsDouble(point));
    }

    private static List<At> edge(List<SweepPoint> line, String key, ToDoubleFunction<Interval95> end) {
        return line.stream()
                .map(point -> new At(point.maxNumBatchedTokens(), end.applyAsDouble(point.interval(key).orElseThrow())))
                .toList();
    }

    /// One latency's tail and mean, with the objective's bounds on it; of several lines only the tail. Points that serve nothing have none.
    String latency(String title, String key, Function<SweepPoint, Latency> latency) {
        String tailKey = "p99_" + key + "_ms";
        List<SweepPoint> serving = points.stream().filter(point -> latency.apply(point).p99() > 0).toList();
        if (serving.isEmpty()) {
            return "";
        }
        boolean means = lines.size() == 1 && serving.stream().allMatch(point -> latency.apply(point).mean() > 0);
        List<String> keys = means ? List.of(tailKey, "mean_" + key + "_ms") : List.of(tailKey);
        DoubleStream shown = DoubleStream.concat(
                serving.stream().flatMapToDouble(point -> keys.stream().flatMapToDouble(each -> extent(point, each))),
                report.measured().stream().mapToDouble(point -> value(point, tailKey)));
        double[] all = shown.filter(value -> value > 0).sorted().toArray();
        double low = all[0];
        double high = all[all.length - 1];
        List<Slo.Bound> bounds =
                report.slo().bounds().stream().filter(bound -> bound.key().endsWith("_" + key + "_ms") && bound.limit() > 0).toList();
        List<Slo.Bound> near =
                bounds.stream().filter(bound -> bound.limit() > low / FARTHEST_BOUND && bound.limit() < high * FARTHEST_BOUND).toList();
        SvgScale y = SvgScale.logarithmic(
                Math.min(low, near.stream().mapToDouble(Slo.Bound::limit).min().orElse(low)),
                Math.max(high, near.stream().mapToDouble(Slo.Bound::limit).max().orElse(high)),
                SvgChart.BOTTOM,
                SvgChart.TOP);
        SvgChart chart = byBudget(title, y, "ms (logarithmic)");
        for (Line line : lines) {
            List<SweepPoint> members = line.points.stream().filter(serving::contains).toList();
            if (means) {
                line(chart, LINE_COLOURS[1], members, point -> latency.apply(point).mean(), "mean_" + key + "_ms");
            }
            line(chart, line.series, members, point -> latency.apply(point).p99(), tailKey);
        }
        near.forEach(bound -> chart.bound(bound.limit(), bound.toString()));
        measured(chart, tailKey);
        String names = means ? Html.legend(LINE_COLOURS[0], "p99") + " " + Html.legend(LINE_COLOURS[1], "mean") : "p99: " + lineLegend();
        String far = bounds.stream().filter(bound -> !near.contains(bound)).map(bound -> "; " + bound + " is off the chart")
                .collect(Collectors.joining());
        return Html.figure(title, names + bandLegend() + measuredLegend() + Html.escape(far), chart.render());
    }

    /// A result's value and the ends of its interval.
    private static DoubleStream extent(SweepPoint point, String key) {
        return Stream.concat(
                Stream.of(point.metrics().values().getOrDefault(key, 0.0)),
                point.interval(key).stream().flatMap(range -> Stream.of(range.low(), range.high())))
                .mapToDouble(Double::doubleValue);
    }

    /// Tokens that the KV cache holds and the most that were used; empty where the capacity is not known.
    String kvCache() {
        if (points.stream().anyMatch(point -> point.kvCapacityTokens().isEmpty())) {
            return "";
        }
        double most = points.stream().mapToDouble(SweepCharts::capacity).max().orElse(1);
        SvgChart chart = byBudget("KV cache", SvgScale.linear(0, most, SvgChart.BOTTOM, SvgChart.TOP), "tokens");
        List<SweepPoint> capacities = lines.getFirst().points;
        chart.path(MEASURED, capacities.stream().map(point -> at(point, SweepCharts::capacity)).toList());
        capacities.forEach(point -> chart.mark(MEASURED, "", at(point, SweepCharts::capacity), tip(point)));
        for (Line line : lines) {
            ToDoubleFunction<SweepPoint> used = point -> capacity(point) * point.metrics().engine().peakKvUsage();
            line(chart, line.series, line.points, used);
        }
        String used = lines.size() == 1 ? Html.legend(LINE_COLOURS[0], "peak use") : "peak use: " + lineLegend();
        return Html.figure("KV cache", Html.legend(MEASURED, "capacity") + ", which shrinks where memory is fixed, and " + used,
                chart.render());
    }

    private static double capacity(SweepPoint point) {
        return point.kvCapacityTokens().orElse(0);
    }

    /// The highest rate that meets the objective; empty without one.
    String highestRate() {
        List<SweepPoint> found = points.stream().filter(point -> point.maxRequestRate().isPresent()).toList();
        if (found.isEmpty()) {
            return "";
        }
        ToDoubleFunction<SweepPoint> rate = point -> point.maxRequestRate().orElse(0);
        double most = found.stream().mapToDouble(rate).max().orElse(1);
        SvgChart chart = byBudget("highest request rate", SvgScale.linear(0, most, SvgChart.BOTTOM, SvgChart.TOP), "requests/s");
        for (Line line : lines) {
            line(chart, line.series, line.points.stream().filter(found::contains).toList(), rate);
        }
        return Html.figure(
                "Highest request rate that meets the objective",
                (lines.size() > 1 ? lineLegend() + "; " : "") + "settings that meet it at no rate are left out",
                chart.render());
    }

    /// Throughput per device against speed per user, and the line of what no other setting beats in both.
    String pareto() {
        int devices = report.deployment().devices();
        List<SweepPoint> usable = points.stream().filter(point -> point.metrics().tpot().mean() > 0).toList();
        if (usable.isEmpty()) {
            return "";
        }
        List<At> all = new ArrayList<>(usable.stream().map(point -> pareto(point, devices)).toList());
        report.measured().stream().filter(point -> value(point, "mean_tpot_ms") > 0).forEach(point -> all.add(pareto(point, devices)));
        SvgScale x = SvgScale.around(least(all, At::x), most(all, At::x), SvgChart.LEFT, SvgChart.RIGHT);
        SvgScale y = SvgScale.around(least(all, At::y), most(all, At::y), SvgChart.BOTTOM, SvgChart.TOP);
        SvgChart chart = new SvgChart(
                "throughput per device against speed per user", x, y, "tokens/s per user (1 / mean TPOT)", "tokens/s per device",
                x.ticks());
        List<At> predicted = all.subList(0, usable.size());
        chart.path(3, frontier(predicted));
        usable.forEach(point -> chart.mark(3, style(point), pareto(point, devices), tip(point)));
        usable.stream()
                .sorted(Comparator.comparing(point -> !report.isRecommended(point) && !report.isPresent(point)))
                .forEach(point -> chart.label(pareto(point, devices), report.name(point.setting())));
        for (MeasuredPoint point : report.measured()) {
            At at = pareto(point, devices);
            if (value(point, "mean_tpot_ms") > 0) {
                chart.square(MEASURED, at, at.y(), at.y(), "measured at " + report.name(point.setting()));
            }
        }
        return Html.figure(
                "Throughput against speed per user",
                Html.legend(3, "predicted") + measuredLegend() + "; labels are " + BUDGET
                        + (report.variesSequences() ? "/max-num-seqs" : "") + ", the line joins what nothing beats in both",
                chart.render());
    }

    private static At pareto(SweepPoint point, int devices) {
        return new At(1000 / point.metrics().tpot().mean(), point.metrics().outputThroughput() / devices);
    }

    private static At pareto(MeasuredPoint point, int devices) {
        return new At(1000 / value(point, "mean_tpot_ms"), value(point, THROUGHPUT) / devices);
    }

    private static double least(List<At> all, ToDoubleFunction<At> axis) {
        return all.stream().mapToDouble(axis).min().orElse(0);
    }

    private static double most(List<At> all, ToDoubleFunction<At> axis) {
        return all.stream().mapToDouble(axis).max().orElse(1);
    }

    /// The values that no other exceeds in both, by falling y.
    private static List<At> frontier(List<At> all) {
        return all.stream()
                .filter(at -> all.stream().noneMatch(
                        other -> other.x() >= at.x() && other.y() >= at.y() && (other.x() > at.x() || other.y() > at.y())))
                .sorted(Comparator.comparingDouble(At::x))
                .toList();
    }

    private void measured(SvgChart chart, String key) {
        for (MeasuredPoint point : report.measured()) {
            double value = value(point, key);
            if (value <= 0) {
                continue;
            }
            double half = value * point.spreadPercent() / 200;
            chart.square(
                    MEASURED,
                    new At(point.setting().maxNumBatchedTokens(), value),
                    value - half,
                    value + half,
                    String.format(
                            Locale.ROOT,
                            "measured at %s\n%s %s\n%d runs, spread of the objective %.1f %%",
                            report.name(point.setting()),
                            key,
                            Figures.readable(value),
                            point.runs(),
                            point.spreadPercent()));
        }
    }

    private static double value(MeasuredPoint point, String key) {
        return point.values().getOrDefault(key, 0.0);
    }

    private String lineLegend() {
        List<String> names = lines.stream().map(line -> Html.legend(line.series, line.name)).toList();
        return String.join(" ", names);
    }

    private String bandLegend() {
        return points.stream().allMatch(point -> point.interval(THROUGHPUT).isPresent()) ? " with 95 % bands" : "";
    }

    private String measuredLegend() {
        return report.measured().isEmpty() ? "" : " " + Html.legend(MEASURED, "measured");
    }

    private String style(SweepPoint point) {
        String support = point.support() == Support.INTERPOLATED ? "" : point.support() == Support.EXTRAPOLATED ? "open" : "bounded";
        return support + (report.isPresent(point) ? " present" : "") + (report.isRecommended(point) ? " chosen" : "");
    }

    private String tip(SweepPoint point) {
        return String.format(
                Locale.ROOT,
                "%s %s (%s%s)\n%s output tokens/s%s\nTTFT p99 %s ms, mean %s ms\nITL p99 %s ms, TPOT mean %s ms\nKV peak %s, %d preemptions%s",
                report.variesSequences() ? BUDGET + "/max-num-seqs" : BUDGET,
                report.name(point.setting()),
                point.support().label(),
                report.isPresent(point) ? ", the present one" : report.isRecommended(point) ? ", recommended" : "",
                Figures.readable(point.metrics().outputThroughput()),
                point.interval(THROUGHPUT)
                        .map(range -> " (95 %: " + Figures.readable(range.low()) + " to " + Figures.readable(range.high()) + ")")
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
