package dev.iterscope.projection.report;

import dev.iterscope.projection.metrics.Percentiles;
import dev.iterscope.projection.recording.RequestRecord;
import dev.iterscope.projection.report.page.Html;
import dev.iterscope.projection.report.page.SvgChart;
import dev.iterscope.projection.report.page.SvgChart.At;
import dev.iterscope.projection.report.page.SvgScale;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/// How long steps, requests and kernels took.
final class StepCharts {
    private static final int MOST_KERNELS = 14;
    /// Places of the fitted line for each doubling of tokens.
    private static final int PLACES_PER_DOUBLING = 2;
    private static final int CONTEXT = 0;
    private static final int GENERATION = 2;
    private static final double NANOS_PER_MILLI = 1e6;

    private final ProjectionReport report;
    private final List<ChartStep> timed;

    StepCharts(ProjectionReport report) {
        this.report = report;
        this.timed = report.steps().stream().filter(step -> measured(step) > 0 && tokens(step) > 0).toList();
    }

    private static double measured(ChartStep step) {
        return step.measuredMillis().orElse(0);
    }

    private static double predicted(ChartStep step) {
        return step.predictedMillis().orElse(0);
    }

    private static int tokens(ChartStep step) {
        return step.contextTokens() + step.generationTokens();
    }

    private static int series(ChartStep step) {
        return step.contextTokens() > 0 ? CONTEXT : GENERATION;
    }

    private static String workLegend() {
        return Html.legend(CONTEXT, "with") + " and " + Html.legend(GENERATION, "without") + " context work";
    }

    private static String tip(ChartStep step) {
        return String.format(
                Locale.ROOT,
                "at %.2f s: %d context and %d generation tokens\nmeasured %s ms",
                step.seconds(),
                step.contextTokens(),
                step.generationTokens(),
                Figures.readable(measured(step)))
                + (predicted(step) > 0 ? ", predicted " + Figures.readable(predicted(step)) + " ms" : "");
    }

    private static SvgScale logarithmic(DoubleStream values, double from, double to) {
        double[] sorted = values.filter(value -> value > 0).sorted().toArray();
        return SvgScale.logarithmic(sorted[0], sorted[sorted.length - 1], from, to);
    }

    /// Each step's time by its tokens, and the fitted model's mean by tokens; empty where steps have no times.
    String byTokens() {
        if (timed.isEmpty()) {
            return "";
        }
        List<At> line = fitted();
        SvgScale x = logarithmic(timed.stream().mapToDouble(StepCharts::tokens), SvgChart.LEFT, SvgChart.RIGHT);
        SvgScale y = logarithmic(
                DoubleStream.concat(timed.stream().mapToDouble(StepCharts::measured), line.stream().mapToDouble(At::y)),
                SvgChart.BOTTOM, SvgChart.TOP);
        SvgChart chart = new SvgChart("step time by tokens", x, y, "tokens in the step (logarithmic)", "ms (logarithmic)", x.ticks());
        timed.forEach(step -> chart.dot(series(step), new At(tokens(step), measured(step)), tip(step)));
        if (line.size() > 1) {
            chart.path(3, line);
        }
        return Html.figure("Step time by tokens",
                "steps " + workLegend()
                        + (line.size() > 1 ? "; " + Html.legend(3, "step model") + ", mean of its times for these steps" : ""),
                chart.render());
    }

    /// The model's mean time by tokens, ascending.
    private List<At> fitted() {
        Map<Long, List<ChartStep>> places = new TreeMap<>();
        timed.stream()
                .filter(step -> predicted(step) > 0)
                .forEach(step -> places.computeIfAbsent(
                        Math.round(PLACES_PER_DOUBLING * Math.log(tokens(step)) / Math.log(2)), _ -> new ArrayList<>()).add(step));
        return places.values().stream()
                .map(steps -> new At(
                        steps.stream().mapToInt(StepCharts::tokens).average().orElseThrow(),
                        steps.stream().mapToDouble(StepCharts::predicted).average().orElseThrow()))
                .toList();
    }

    /// The model against the recording, step by step; empty where neither or only one is known.
    String predictedSteps() {
        List<ChartStep> both = timed.stream().filter(step -> predicted(step) > 0).toList();
        if (both.isEmpty()) {
            return "";
        }
        double[] times = both.stream().flatMapToDouble(step -> DoubleStream.of(measured(step), predicted(step))).sorted().toArray();
        double low = times[0];
        double high = times[times.length - 1];
        SvgScale x = SvgScale.logarithmic(low, high, SvgChart.LEFT, SvgChart.RIGHT);
        SvgScale y = SvgScale.logarithmic(low, high, SvgChart.BOTTOM, SvgChart.TOP);
        SvgChart chart = new SvgChart("predicted against measured steps", x, y, "measured ms", "predicted ms", x.ticks());
        chart.diagonal(low, high);
        both.forEach(step -> chart.dot(series(step), new At(measured(step), predicted(step)), tip(step)));
        return Html.figure("Predicted against measured steps", "steps " + workLegend(), chart.render());
    }

    /// Samples of one kind, milliseconds in ascending order.
    @SuppressWarnings("ArrayRecordComponent") // never compared, and never leaves this class
    private record Samples(String name, double[] sorted) {
        static Samples of(String name, DoubleStream millis) {
            return new Samples(name, millis.sorted().toArray());
        }
    }

    /// The share of requests, gaps or steps that took at most so long; empty where the recording tells no times.
    String latencies() {
        List<RequestRecord> requests = report.recording().map(found -> found.requests()).orElse(List.of());
        List<Samples> ofRequests = known(Stream.of(
                Samples.of("TTFT", millis(requests, RequestRecord::timeToFirstTokenNanos)),
                Samples.of("ITL", requests.stream().flatMap(request -> request.interTokenNanos().stream())
                        .mapToDouble(nanos -> nanos / NANOS_PER_MILLI)),
                Samples.of("TPOT", millis(requests, RequestRecord::meanTimePerOutputTokenNanos)),
                Samples.of("E2E", millis(requests, RequestRecord::endToEndNanos))));
        return ofRequests.isEmpty()
                ? distribution("Step time distribution", "share of steps that took at most so long", known(Stream.of(
                        Samples.of("with context work", stepMillis(CONTEXT)), Samples.of("without", stepMillis(GENERATION)))))
                : distribution("Latency distribution", "share of recorded requests that took at most so long", ofRequests);
    }

    private DoubleStream stepMillis(int series) {
        return timed.stream().filter(step -> series(step) == series).mapToDouble(StepCharts::measured);
    }

    private static DoubleStream millis(List<RequestRecord> requests, Function<RequestRecord, OptionalLong> value) {
        return requests.stream().map(value).flatMapToLong(OptionalLong::stream).mapToDouble(nanos -> nanos / NANOS_PER_MILLI);
    }

    private static List<Samples> known(Stream<Samples> all) {
        return all.filter(samples -> samples.sorted.length > 0 && samples.sorted[samples.sorted.length - 1] > 0).toList();
    }

    private static String distribution(String title, String explanation, List<Samples> all) {
        if (all.isEmpty()) {
            return "";
        }
        SvgScale x = logarithmic(
                all.stream().flatMapToDouble(samples -> DoubleStream.of(samples.sorted)), SvgChart.LEFT, SvgChart.RIGHT);
        SvgScale y = SvgScale.linear(0, 100, SvgChart.BOTTOM, SvgChart.TOP);
        SvgChart chart = new SvgChart(title, x, y, "ms (logarithmic)", "per cent", x.ticks());
        List<String> names = new ArrayList<>();
        for (Samples samples : all) {
            int series = names.size();
            names.add(Html.legend(series, samples.name));
            List<At> line = new ArrayList<>();
            for (int percent = 0; percent <= 100; percent++) {
                line.add(new At(Percentiles.quantile(samples.sorted, percent / 100.0), percent));
            }
            chart.path(series, line);
            for (int percent : new int[] {50, 99}) {
                At at = line.get(percent);
                chart.mark(series, "", at, samples.name + " p" + percent + ": " + Figures.readable(at.x()) + " ms\n"
                        + String.format(Locale.ROOT, "%,d values", samples.sorted.length));
            }
        }
        return Html.figure(title, String.join(" ", names) + ": " + explanation + "; marks at p50 and p99", chart.render());
    }

    /// Share of kernel time, largest first; empty where no kernels were recorded.
    String kernels() {
        if (report.kernels().isEmpty()) {
            return "";
        }
        List<KernelRow> rows = report.kernels().stream().limit(MOST_KERNELS).toList();
        double most = rows.getFirst().shareOfTime();
        StringBuilder bars = new StringBuilder("<div class=\"bars\">\n");
        for (KernelRow row : rows) {
            bars.append(String.format(
                    Locale.ROOT,
                    "<span>%s</span><i><b class=\"bar s0\" tabindex=\"0\" style=\"width:%.1f%%\" data-tip=\"%s\"></b></i><span>%s</span>\n",
                    Html.escape(Figures.kernelName(row.name())),
                    most > 0 ? 100 * row.shareOfTime() / most : 0,
                    Html.escape(tip(row)),
                    Figures.percent(row.shareOfTime())));
        }
        return Html.figure("Time per kernel", "share of all recorded kernel time", bars + "</div>");
    }

    private static String tip(KernelRow row) {
        return row.name() + "\n" + row.kind() + ", " + row.calls() + " calls, " + Figures.percent(row.shareOfTime())
                + row.boundBy().map(bound -> "\nbound by " + bound).orElse("")
                + (row.achievedFractionOfPeak().isPresent()
                        ? ", " + Figures.percent(row.achievedFractionOfPeak().getAsDouble()) + " of that peak"
                        : "");
    }
}
