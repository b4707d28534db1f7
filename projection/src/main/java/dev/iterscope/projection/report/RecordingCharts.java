package dev.iterscope.projection.report;

import dev.iterscope.projection.report.page.Html;
import dev.iterscope.projection.report.page.SvgChart;
import dev.iterscope.projection.report.page.SvgChart.At;
import dev.iterscope.projection.report.page.SvgScale;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/// What a recording shows over time: batches, requests, KV usage.
final class RecordingCharts {
    /// Columns of the charts over time: about one per two points of width.
    private static final int COLUMNS = 160;

    private final List<Column> columns;
    private final SvgScale time;

    /// @param steps at least one, in order of time
    RecordingCharts(List<ChartStep> steps) {
        this.columns = columns(steps);
        double first = columns.getFirst().seconds();
        this.time = SvgScale.exact(first, Math.max(first + 1e-3, columns.getLast().seconds()), SvgChart.LEFT, SvgChart.RIGHT);
    }

    /// Several steps as one column of a chart over time. Unknown values are empty.
    private record Column(
            double seconds, double context, double generation, OptionalDouble running, OptionalDouble waiting, OptionalDouble kvUsage) {
        String tip() {
            return String.format(Locale.ROOT, "%.2f s\n%.0f context and %.0f generation tokens per step", seconds, context, generation)
                    + (running.isPresent() ? "\n" + Figures.readable(running.getAsDouble()) + " running" : "")
                    + (waiting.isPresent() ? "\n" + Figures.readable(waiting.getAsDouble()) + " waiting" : "")
                    + (kvUsage.isPresent() ? "\nKV usage " + Figures.percent(kvUsage.getAsDouble()) : "");
        }
    }

    private static List<Column> columns(List<ChartStep> steps) {
        int every = Math.max(1, (steps.size() + COLUMNS - 1) / COLUMNS);
        List<Column> columns = new ArrayList<>();
        for (int i = 0; i < steps.size(); i += every) {
            List<ChartStep> part = steps.subList(i, Math.min(steps.size(), i + every));
            columns.add(new Column(
                    part.getFirst().seconds(),
                    part.stream().mapToInt(ChartStep::contextTokens).average().orElse(0),
                    part.stream().mapToInt(ChartStep::generationTokens).average().orElse(0),
                    mean(part, ChartStep::running),
                    mean(part, ChartStep::waiting),
                    part.stream().map(ChartStep::kvUsage).flatMapToDouble(OptionalDouble::stream).max()));
        }
        return columns;
    }

    private static OptionalDouble mean(List<ChartStep> part, Function<ChartStep, OptionalLong> value) {
        return part.stream().map(value).flatMapToLong(OptionalLong::stream).average();
    }

    private SvgChart overTime(String label, double most, String yTitle) {
        return new SvgChart(
                label + " over time", time, SvgScale.linear(0, most, SvgChart.BOTTOM, SvgChart.TOP), "seconds", yTitle, time.ticks());
    }

    private List<At> line(ToDoubleFunction<Column> value) {
        return columns.stream().map(column -> new At(column.seconds, value.applyAsDouble(column))).toList();
    }

    private List<At> known(Function<Column, OptionalDouble> value) {
        return columns.stream()
                .filter(column -> value.apply(column).isPresent())
                .map(column -> new At(column.seconds, value.apply(column).getAsDouble()))
                .toList();
    }

    private static double most(List<At> values) {
        return values.stream().mapToDouble(At::y).max().orElse(0);
    }

    /// Values to hover over, column by column.
    private String hovered(SvgChart chart) {
        for (int i = 0; i < columns.size(); i++) {
            double from = columns.get(i).seconds;
            chart.column(from, i + 1 < columns.size() ? columns.get(i + 1).seconds : from, columns.get(i).tip());
        }
        return chart.render();
    }

    /// Context tokens stacked on generation tokens.
    String batches() {
        List<At> zero = line(_ -> 0);
        List<At> generation = line(Column::generation);
        List<At> all = line(column -> column.generation + column.context);
        SvgChart chart = overTime("tokens of a step", Math.max(1, most(all)), "tokens per step");
        chart.area(2, generation, zero).area(0, all, generation).path(0, all).path(2, generation);
        return Html.figure(
                "Batch composition", Html.legend(0, "context") + " on " + Html.legend(2, "generation") + " tokens", hovered(chart));
    }

    /// Running and waiting requests; empty where the recording tells neither.
    String requests() {
        List<At> running = known(Column::running);
        List<At> waiting = known(Column::waiting);
        if (running.isEmpty() && waiting.isEmpty()) {
            return "";
        }
        SvgChart chart = overTime("running and waiting requests", Math.max(1, Math.max(most(running), most(waiting))), "requests");
        List<String> names = new ArrayList<>();
        if (!running.isEmpty()) {
            chart.path(0, running);
            names.add(Html.legend(0, "running"));
        }
        if (!waiting.isEmpty()) {
            chart.path(1, waiting);
            names.add(Html.legend(1, "waiting"));
        }
        return Html.figure("Requests", String.join(" and ", names) + ", mean of the steps in each column", hovered(chart));
    }

    /// KV usage; empty where the recording does not tell it.
    String kvUsage() {
        List<At> usage = known(column -> column.kvUsage.isPresent()
                ? OptionalDouble.of(100 * column.kvUsage.getAsDouble())
                : OptionalDouble.empty());
        if (usage.isEmpty()) {
            return "";
        }
        SvgChart chart = overTime("KV cache usage", Math.max(0.1, most(usage)), "per cent");
        chart.area(1, usage, usage.stream().map(at -> new At(at.x(), 0)).toList()).path(1, usage);
        return Html.figure("KV cache usage", "highest of the steps in each column", hovered(chart));
    }
}
