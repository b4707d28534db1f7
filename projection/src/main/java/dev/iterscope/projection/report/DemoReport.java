package dev.iterscope.projection.report;

import dev.iterscope.projection.metrics.ServingMetrics;
import dev.iterscope.projection.search.Evaluation;
import dev.iterscope.projection.search.MeasuredPoint;
import dev.iterscope.projection.search.Recommendation.Verdict;
import dev.iterscope.projection.search.SweepPoint;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/// What the demo tells: what was served and recorded, what was projected from the recording, and how the projection turned out.
///
/// @param served   what was served
/// @param recorded what was measured while recording
/// @param report   the projection, with the measurements made afterwards
/// @param files    files that were written, each with what it is for
public record DemoReport(Served served, ServingMetrics recorded, ProjectionReport report, List<WrittenFile> files) {
    /// From here on predicted and measured cannot be compared, per cent.
    private static final double MOST_NOISE_PERCENT = 25;

    /// What was served.
    ///
    /// @param place    what executed the steps, after a preposition
    /// @param nature   how real that is; empty where there is nothing to add
    /// @param workload the requests, in words
    /// @param present  the token budget
    public record Served(String place, String nature, String workload, int present) {}

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
        layout.title("1. Served and recorded on " + served.place() + ", with max-num-batched-tokens " + served.present());
        if (!served.nature().isEmpty()) {
            layout.row("engine", served.nature());
        }
        layout.row("workload", served.workload());
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
        layout.row("objective",
                "chats shall stutter a third less than the model says they do now, and first tokens wait at most 50 % longer");
        TextTable table =
                new TextTable("MBNT", "output tok/s", "95 % interval", "TTFT p99", "ITL p99", "SLO", "P(meets)", "max req/s", "support");
        for (SweepPoint point : report.sweep()) {
            String[] cells = {
                point.maxNumBatchedTokens() + (point.maxNumBatchedTokens() == served.present() ? "*" : ""),
                Figures.readable(point.metrics().outputThroughput()),
                point.interval("output_throughput")
                        .map(range -> Figures.readable(range.low()) + "-" + Figures.readable(range.high()))
                        .orElse(""),
                Figures.readable(point.metrics().ttft().p99()) + " ms",
                Figures.readable(point.metrics().itl().p99()) + " ms",
                point.sloMet().map(met -> met ? "met" : "missed").orElse(""),
                Figures.probability(point.probabilityMet()),
                point.maxRequestRate().isPresent() ? Figures.readable(point.maxRequestRate().getAsDouble()) : "",
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
                    budget + (budget == served.present() ? "*" : ""),
                    String.valueOf(point.runs()),
                    pair(point, "output_throughput"),
                    pair(point, "p99_ttft_ms"),
                    pair(point, "mean_tpot_ms"),
                    pair(point, "p99_itl_ms"));
        }
        layout.table(table);
        layout.item("* is the recorded setting");
        missed().ifPresent(layout::item);
        report.evaluation().flatMap(DemoReport::regret).ifPresent(layout::item);
        noise().ifPresent(layout::item);
    }

    /// Whether the recommended setting missed the objective when it was measured.
    private Optional<String> missed() {
        return measuredAt(report.recommendation().maxNumBatchedTokens()).map(point -> {
            String name = String.valueOf(point.setting().maxNumBatchedTokens());
            return report.slo().bounds().stream().filter(bound -> !report.slo().isMet(point.values())).findFirst()
                    .map(bound -> String.format(Locale.ROOT, "measured, %s missed %s with %.1f", name, bound,
                            point.values().getOrDefault(bound.key(), Double.NaN)))
                    .orElse("measured, " + name + " met " + report.slo());
        });
    }

    private static Optional<String> regret(Evaluation evaluation) {
        return evaluation.regretPercent().isPresent()
                ? Optional.of(String.format(Locale.ROOT, "regret: the recommended setting is %.1f %% worse than the best measured one%s",
                        evaluation.regretPercent().getAsDouble(),
                        evaluation.nullRegret().keep().isPresent()
                                ? String.format(Locale.ROOT, "; keeping the present one would be %.1f %% worse",
                                        evaluation.nullRegret().keep().getAsDouble())
                                : ""))
                : Optional.empty();
    }

    private Optional<MeasuredPoint> measuredAt(OptionalInt budget) {
        return report.measured().stream()
                .filter(point -> budget.isPresent() && point.setting().maxNumBatchedTokens() == budget.getAsInt())
                .findFirst();
    }

    /// The present setting served the same requests twice: while recording, and measured afterwards. How far the two lie apart says how
    /// much else this machine does.
    private Optional<String> noise() {
        return measuredAt(OptionalInt.of(served.present())).flatMap(again -> {
            double before = recorded.itl().p99();
            double after = again.values().getOrDefault("p99_itl_ms", Double.NaN);
            double apart = 100 * Math.abs(after / before - 1);
            double spread = report.measured().stream().mapToDouble(MeasuredPoint::spreadPercent).max().orElse(0);
            return apart > MOST_NOISE_PERCENT || spread > MOST_NOISE_PERCENT
                    ? Optional.of(String.format(Locale.ROOT,
                            "this machine is too noisy to measure: the same requests at %d gave a p99 ITL of %.1f ms and then of %.1f ms, and runs"
                                    + " of one setting lie up to %.0f %% apart; predicted and measured cannot be compared",
                            served.present(), before, after, spread))
                    : Optional.empty();
        });
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
                : "max-num-batched-tokens = " + report.recommendation().maxNumBatchedTokens().orElse(served.present());
    }
}
