package dev.iterscope.projection.report;

import dev.iterscope.projection.search.Slo;
import dev.iterscope.projection.search.SweepPoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Bars in characters: one row per setting, throughput and tail latencies side by side, so that the trade is seen at a glance.
final class SweepPlot {
    private static final int FEWEST_POINTS = 3;
    private static final int LABEL = 11;
    private static final int VALUE = 8;
    private static final int SHORTEST_BAR = 10;

    private final ProjectionReport report;
    private final TextLayout layout;

    private SweepPlot(ProjectionReport report, TextLayout layout) {
        this.report = report;
        this.layout = layout;
    }

    /// As many plots as fit side by side; none where there is little to see.
    static void print(TextLayout layout, ProjectionReport report) {
        long serving = report.sweep().stream().filter(point -> point.metrics().completed() > 0).count();
        if (serving >= FEWEST_POINTS) {
            new SweepPlot(report, layout).print();
        }
    }

    private void print() {
        int room = layout.columns() - 2 - LABEL;
        List<Result> shown = Result.PLOTTED.subList(0, Math.clamp(room / (SHORTEST_BAR + VALUE + 2), 0, Result.PLOTTED.size()));
        if (shown.isEmpty()) {
            return;
        }
        int bar = room / shown.size() - VALUE - 2;
        layout.line("");
        StringBuilder header = new StringBuilder(" ".repeat(2 + LABEL));
        for (Result result : shown) {
            header.append(String.format(Locale.ROOT, "%-" + (bar + VALUE + 2) + "s", title(result)));
        }
        layout.line(header.toString());
        for (SweepPoint point : report.sweep()) {
            String name = report.name(point.setting()) + (report.isPresent(point) ? "*" : "");
            StringBuilder line = new StringBuilder(String.format(
                    Locale.ROOT, "%s%-" + LABEL + "s", report.isRecommended(point) ? TextLayout.CHOSEN_ROW : "  ", name));
            shown.forEach(result -> line.append(bar(point, result, bar)));
            layout.emphasised(line.toString(), report.isRecommended(point));
        }
    }

    private String title(Result result) {
        return result.words() + (result.unit().isEmpty() ? "" : " " + result.unit()) + (limit(result).isPresent() ? " (| limit)" : "");
    }

    private Optional<Double> limit(Result result) {
        return report.slo().bounds().stream().filter(bound -> bound.key().equals(result.key())).map(Slo.Bound::limit).findFirst();
    }

    private String bar(SweepPoint point, Result result, int width) {
        double most = report.sweep().stream().mapToDouble(result::of).max().orElse(0);
        double value = result.of(point);
        int length = most > 0 && value > 0 ? Math.max(1, (int) Math.round(value / most * width)) : 0;
        List<String> cells = new ArrayList<>();
        for (int i = 0; i < width; i++) {
            cells.add(i < length ? "#" : " ");
        }
        limit(result)
                .map(limit -> (int) Math.round(limit / most * width))
                .filter(at -> at >= 0 && at < width)
                .ifPresent(at -> cells.set(at, "|"));
        return String.join("", cells) + String.format(Locale.ROOT, " %-" + VALUE + "s ", point.metrics().completed() > 0
                ? Figures.readable(value)
                : "-");
    }
}
