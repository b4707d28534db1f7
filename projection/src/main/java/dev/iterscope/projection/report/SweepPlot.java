package dev.iterscope.projection.report;

import dev.iterscope.projection.search.SweepPoint;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/// Bars in characters: one row per setting, throughput and tail latency side by side, so that the trade is seen at a glance.
final class SweepPlot {
    private static final int FEWEST_POINTS = 3;
    private static final int LABEL = 9;

    private SweepPlot() {}

    static void print(TextLayout layout, ProjectionReport report) {
        List<SweepPoint> points = report.sweep();
        int bar = (layout.columns() - 2 - LABEL - 6) / 2 - 9;
        if (points.size() < FEWEST_POINTS || bar < 8) {
            return;
        }
        layout.line("");
        layout.line(String.format(Locale.ROOT, "  %-" + LABEL + "s%-" + (bar + 11) + "s%s", "", "output tok/s", "p99 ITL ms"));
        double mostThroughput = most(points, point -> point.metrics().outputThroughput());
        double mostLatency = most(points, point -> point.metrics().itl().p99());
        for (SweepPoint point : points) {
            layout.line(String.format(
                    Locale.ROOT,
                    "  %-" + LABEL + "s%-" + bar + "s %-9s %-" + bar + "s %s",
                    point.maxNumBatchedTokens(),
                    bar(point.metrics().outputThroughput(), mostThroughput, bar),
                    Figures.readable(point.metrics().outputThroughput()),
                    bar(point.metrics().itl().p99(), mostLatency, bar),
                    Figures.readable(point.metrics().itl().p99())));
        }
    }

    private static double most(List<SweepPoint> points, ToDoubleFunction<SweepPoint> value) {
        return points.stream().mapToDouble(value).max().orElse(0);
    }

    private static String bar(double value, double most, int width) {
        return most > 0 ? "#".repeat((int) Math.round(value / most * width)) : "";
    }
}
