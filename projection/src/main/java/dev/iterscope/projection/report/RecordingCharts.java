package dev.iterscope.projection.report;

import dev.iterscope.projection.report.SvgChart.At;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// The charts of a recording: batches and KV usage over time, predicted against measured steps, time per kernel.
final class RecordingCharts {
    /// Columns of the charts over time: about one per two points of width.
    private static final int COLUMNS = 240;
    private static final int MOST_KERNELS = 14;

    private final ProjectionReport report;

    RecordingCharts(ProjectionReport report) {
        this.report = report;
    }

    /// Several steps as one column of a chart over time.
    private record Column(double seconds, double context, double generation, double kvUsage) {
        String tip() {
            return String.format(
                    Locale.ROOT,
                    "%.2f s\n%.0f context and %.0f generation tokens per step%s",
                    seconds,
                    context,
                    generation,
                    kvUsage > 0 ? "\nKV usage " + Figures.percent(kvUsage) : "");
        }
    }

    private List<Column> columns() {
        List<ChartStep> steps = report.steps();
        int every = Math.max(1, (steps.size() + COLUMNS - 1) / COLUMNS);
        List<Column> columns = new ArrayList<>();
        for (int i = 0; i < steps.size(); i += every) {
            List<ChartStep> part = steps.subList(i, Math.min(steps.size(), i + every));
            columns.add(new Column(
                    part.getFirst().seconds(),
                    part.stream().mapToInt(ChartStep::contextTokens).average().orElse(0),
                    part.stream().mapToInt(ChartStep::generationTokens).average().orElse(0),
                    part.stream().mapToDouble(step -> step.kvUsage().orElse(0)).max().orElse(0)));
        }
        return columns;
    }

    private static SvgScale time(List<Column> columns) {
        double first = columns.getFirst().seconds();
        return SvgScale.exact(first, Math.max(first + 1e-3, columns.getLast().seconds()), SvgChart.LEFT, SvgChart.RIGHT);
    }

    /// Values to hover over, column by column.
    private static void hover(SvgChart chart, List<Column> columns) {
        for (int i = 0; i < columns.size(); i++) {
            double from = columns.get(i).seconds;
            chart.column(from, i + 1 < columns.size() ? columns.get(i + 1).seconds : from, columns.get(i).tip());
        }
    }

    /// Context tokens stacked on generation tokens.
    String batches() {
        List<Column> columns = columns();
        SvgScale time = time(columns);
        double most = columns.stream().mapToDouble(column -> column.context + column.generation).max().orElse(1);
        SvgChart chart = new SvgChart(
                "tokens of a step over time",
                time,
                SvgScale.linear(0, most, SvgChart.BOTTOM, SvgChart.TOP),
                "seconds",
                "tokens per step",
                time.ticks());
        List<At> zero = columns.stream().map(column -> new At(column.seconds, 0)).toList();
        List<At> generation = columns.stream().map(column -> new At(column.seconds, column.generation)).toList();
        List<At> all = columns.stream().map(column -> new At(column.seconds, column.generation + column.context)).toList();
        chart.area(2, generation, zero).area(0, all, generation).path(0, all).path(2, generation);
        hover(chart, columns);
        return Html.figure(
                "Batch composition", Html.legend(0, "context") + " on " + Html.legend(2, "generation") + " tokens", chart.render());
    }

    /// KV usage; empty where the recording does not say it.
    String kvUsage() {
        if (report.steps().stream().noneMatch(step -> step.kvUsage().isPresent())) {
            return "";
        }
        List<Column> columns = columns();
        SvgScale time = time(columns);
        double most = columns.stream().mapToDouble(Column::kvUsage).max().orElse(1);
        SvgChart chart = new SvgChart(
                "KV cache usage over time",
                time,
                SvgScale.linear(0, Math.max(0.1, 100 * most), SvgChart.BOTTOM, SvgChart.TOP),
                "seconds",
                "per cent",
                time.ticks());
        List<At> usage = columns.stream().map(column -> new At(column.seconds, 100 * column.kvUsage)).toList();
        chart.area(1, usage, columns.stream().map(column -> new At(column.seconds, 0)).toList()).path(1, usage);
        hover(chart, columns);
        return Html.figure("KV cache usage", "highest of the steps in each column", chart.render());
    }

    /// The model against the recording, step by step; empty where neither or only one is known.
    String predictedSteps() {
        List<ChartStep> both = report.steps().stream()
                .filter(step -> step.measuredMillis().orElse(0) > 0 && step.predictedMillis().orElse(0) > 0)
                .toList();
        if (both.isEmpty()) {
            return "";
        }
        double low = both.stream()
                .mapToDouble(step -> Math.min(step.measuredMillis().getAsDouble(), step.predictedMillis().getAsDouble()))
                .min()
                .orElse(1);
        double high = both.stream()
                .mapToDouble(step -> Math.max(step.measuredMillis().getAsDouble(), step.predictedMillis().getAsDouble()))
                .max()
                .orElse(1);
        SvgScale x = SvgScale.logarithmic(low, high, SvgChart.LEFT, SvgChart.RIGHT);
        SvgChart chart = new SvgChart(
                "predicted against measured steps",
                x,
                SvgScale.logarithmic(low, high, SvgChart.BOTTOM, SvgChart.TOP),
                "measured ms",
                "predicted ms",
                x.ticks());
        chart.diagonal(low, high);
        both.forEach(step -> chart.dot(
                step.contextTokens() > 0 ? 0 : 2,
                new At(step.measuredMillis().getAsDouble(), step.predictedMillis().getAsDouble()),
                String.format(
                        Locale.ROOT,
                        "at %.2f s: %d context and %d generation tokens\nmeasured %s ms, predicted %s ms",
                        step.seconds(),
                        step.contextTokens(),
                        step.generationTokens(),
                        Figures.readable(step.measuredMillis().getAsDouble()),
                        Figures.readable(step.predictedMillis().getAsDouble()))));
        return Html.figure(
                "Predicted against measured steps", Html.legend(0, "with") + " and " + Html.legend(2, "without") + " context work",
                chart.render());
    }

    /// Share of kernel time, largest first; empty where no kernels were recorded.
    String kernels() {
        if (report.kernels().isEmpty()) {
            return "";
        }
        List<KernelRow> rows = report.kernels().stream().limit(MOST_KERNELS).toList();
        double height = 22.0 * rows.size() + 8;
        double most = rows.getFirst().shareOfTime();
        StringBuilder svg = new StringBuilder(String.format(
                Locale.ROOT, "<svg viewBox=\"0 0 620 %.0f\" role=\"img\" aria-label=\"time per kernel\">", height));
        for (int i = 0; i < rows.size(); i++) {
            KernelRow row = rows.get(i);
            double top = 22.0 * i + 4;
            double width = most > 0 ? 330 * row.shareOfTime() / most : 0;
            String name = row.name().length() > 30 ? row.name().substring(0, 29) + "…" : row.name();
            svg.append(String.format(
                    Locale.ROOT,
                    "<text x=\"0\" y=\"%.1f\">%s</text><rect class=\"bar s0\" tabindex=\"0\" x=\"205\" y=\"%.1f\" width=\"%.1f\" height=\"15\" data-tip=\"%s\"/><text x=\"%.1f\" y=\"%.1f\">%s</text>",
                    top + 12,
                    Html.escape(name),
                    top,
                    Math.max(1, width),
                    Html.escape(row.name() + "\n" + row.kind() + ", " + row.calls() + " calls, " + Figures.percent(row.shareOfTime())
                            + row.boundBy().map(bound -> "\nbound by " + bound).orElse("")
                            + (row.achievedFractionOfPeak().isPresent()
                                    ? ", " + Figures.percent(row.achievedFractionOfPeak().getAsDouble()) + " of that peak"
                                    : "")),
                    210 + width,
                    top + 12,
                    Figures.percent(row.shareOfTime())));
        }
        return Html.figure("Time per kernel", "share of all recorded kernel time", svg + "</svg>");
    }
}
