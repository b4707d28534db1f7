package dev.iterscope.projection.report;

import dev.iterscope.projection.metrics.ServingMetrics;
import dev.iterscope.projection.search.MeasuredPoint;
import dev.iterscope.projection.search.Recommendation.Verdict;
import dev.iterscope.projection.search.SweepPoint;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What the demo tells: what was served and recorded, what was projected from the recording, and how the projection turned out.
///
/// @param workload what was served, in words
/// @param present  the token budget it was served with
/// @param recorded what was measured while recording
/// @param report   the projection, with the measurements made afterwards
/// @param files    files that were written, each with what it is for
public record DemoReport(
        String workload, int present, ServingMetrics recorded, ProjectionReport report, List<WrittenFile> files) {

    /// A file that the demo wrote.
    ///
    /// @param name its path as the user would type it
    /// @param use  what to do with it
    public record WrittenFile(String name, String use) {}

    /// Keeps an unmodifiable copy.
    public DemoReport {
        files = List.copyOf(files);
    }

    /// Writes the story for a terminal.
    public void write(PrintWriter out, int columns, boolean colour) {
        TextLayout layout = new TextLayout(out, columns, colour);
        served(layout);
        projected(layout);
        recommended(layout);
        measured(layout);
        layout.title("Files");
        files.forEach(file -> layout.item(file.name() + ": " + file.use()));
        out.println();
        out.println(lastLine());
    }

    private void served(TextLayout layout) {
        layout.title("1. Served and recorded on the CPU, with max-num-batched-tokens " + present);
        layout.row("workload", workload);
        layout.row(
                "result",
                String.format(
                        Locale.ROOT,
                        "%s output tokens/s, p99 inter-token latency %s ms, p99 TTFT %s ms, in %,d steps",
                        Figures.readable(recorded.outputThroughput()),
                        Figures.readable(recorded.itl().p99()),
                        Figures.readable(recorded.ttft().p99()),
                        recorded.engine().iterations()));
    }

    private void projected(TextLayout layout) {
        layout.title("2. Projected from the recording, for the objective " + report.slo());
        layout.row("objective", "the chats are to stutter half as much as the model says they do now");
        TextTable table = new TextTable("MBNT", "output tok/s", "95 % interval", "TTFT p99", "ITL p99", "SLO", "support");
        for (SweepPoint point : report.sweep()) {
            String[] cells = {
                    point.maxNumBatchedTokens() + (point.maxNumBatchedTokens() == present ? "*" : ""),
                    Figures.readable(point.metrics().outputThroughput()),
                    point.interval("output_throughput")
                            .map(range -> Figures.readable(range.low()) + "-" + Figures.readable(range.high()))
                            .orElse(""),
                    Figures.readable(point.metrics().ttft().p99()) + " ms",
                    Figures.readable(point.metrics().itl().p99()) + " ms",
                    point.sloMet().map(met -> met ? "met" : "missed").orElse(""),
                    point.support().label()};
            if (report.isRecommended(point)) {
                table.chosenRow(cells);
            } else {
                table.row(cells);
            }
        }
        layout.table(table);
        TextReport.legend(layout, report);
    }

    private void recommended(TextLayout layout) {
        layout.title("3. Recommended: " + TextReport.sentence(report));
        report.recommendation().reasons().forEach(layout::item);
        report.recommendation().nextMeasurement().ifPresent(next -> layout.item("next: " + next));
    }

    private void measured(TextLayout layout) {
        if (report.measured().isEmpty()) {
            return;
        }
        layout.title("4. Measured afterwards, predicted / measured");
        TextTable table = new TextTable("MBNT", "runs", "output tok/s", "TTFT p99 ms", "TPOT mean ms", "ITL p99 ms");
        for (MeasuredPoint point : report.measured()) {
            int budget = point.setting().maxNumBatchedTokens();
            table.row(
                    budget + (budget == present ? "*" : ""),
                    String.valueOf(point.runs()),
                    pair(point, "output_throughput"),
                    pair(point, "p99_ttft_ms"),
                    pair(point, "mean_tpot_ms"),
                    pair(point, "p99_itl_ms"));
        }
        layout.table(table);
        layout.item("other work on this machine shows as error");
    }

    private String pair(MeasuredPoint point, String key) {
        Optional<SweepPoint> predicted = report.sweep().stream()
                .filter(candidate -> candidate.setting().equals(point.setting()))
                .findFirst();
        return predicted.map(found -> Figures.readable(found.metrics().values().getOrDefault(key, Double.NaN))).orElse("-") + " / "
                + Figures.readable(point.values().getOrDefault(key, Double.NaN));
    }

    private String lastLine() {
        return report.recommendation().verdict() == Verdict.REFUSE
                ? "max-num-batched-tokens = not known: " + report.recommendation().reasons().getFirst()
                : "max-num-batched-tokens = " + report.recommendation().maxNumBatchedTokens().orElse(present);
    }
}
