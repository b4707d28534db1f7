package dev.iterscope.projection.report;

import dev.iterscope.projection.model.ModelSummary;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.RecordingWarning;
import dev.iterscope.projection.search.Evaluation;
import dev.iterscope.projection.search.Interval95;
import dev.iterscope.projection.search.MeasuredPoint;
import dev.iterscope.projection.search.Recommendation;
import dev.iterscope.projection.search.Recommendation.Verdict;
import dev.iterscope.projection.search.Rule;
import dev.iterscope.projection.search.SweepPoint;
import dev.iterscope.projection.search.WhatIfEffect;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.Stream;

/// The report for a terminal: the answer first, then what it rests on. Lines keep to the given width.
public final class TextReport {
    private static final int MOST_KERNELS = 12;

    private final ProjectionReport report;
    private final TextLayout layout;

    private TextReport(ProjectionReport report, PrintWriter out, int columns, boolean colour) {
        this.report = report;
        this.layout = new TextLayout(out, columns, colour);
    }

    /// Writes the report of `project`.
    public static void writeProject(ProjectionReport report, PrintWriter out, int columns, boolean colour) {
        TextReport text = new TextReport(report, out, columns, colour);
        text.answer();
        text.recording();
        text.model();
        text.kernels();
        text.sweep();
        text.measured();
        text.notes();
    }

    /// Writes the report of `sweep`.
    public static void writeSweep(ProjectionReport report, PrintWriter out, int columns, boolean colour) {
        TextReport text = new TextReport(report, out, columns, colour);
        text.answer();
        text.sweep();
        text.measured();
        text.notes();
    }

    private void answer() {
        Recommendation answer = report.recommendation();
        layout.title("Recommendation: " + sentence(report));
        answer.reasons().forEach(layout::item);
        if (answer.verdict() != Verdict.REFUSE) {
            report.rule().ifPresent(rule -> layout.item("rule: " + rule.sentences()));
        }
        if (answer.verdict() == Verdict.CHANGE && !answer.price().isEmpty()) {
            layout.item("price: " + price(answer.price()));
        }
        if (!answer.command().isEmpty()) {
            layout.item("flags to paste: " + answer.command());
        }
        answer.nextMeasurement().ifPresent(next -> layout.item("next: " + next));
    }

    /// The answer in one sentence.
    static String sentence(ProjectionReport report) {
        Recommendation answer = report.recommendation();
        String setting = answer.setting()
                .map(found -> "max-num-batched-tokens " + found.maxNumBatchedTokens()
                        + (report.variesSequences() ? " and max-num-seqs " + found.maxNumSeqs() : ""))
                .orElse("");
        String verdict = switch (answer.verdict()) {
            case CHANGE -> "run with " + setting + effect(report);
            case KEEP -> "keep " + setting;
            case REFUSE -> "none; the data cannot choose";
        };
        return answer.condition().map(condition -> "if " + condition + ": ").orElse("") + verdict;
    }

    /// What the change brings: that the objective is met then and is not now, or else by how much it rises.
    private static String effect(ProjectionReport report) {
        Recommendation answer = report.recommendation();
        boolean meets = report.recommendedPoint().flatMap(SweepPoint::sloMet).orElse(false);
        Optional<SweepPoint> now = report.presentPoint();
        boolean isLikely = report.recommendedPoint().map(point -> isLikelyToMeet(report, point)).orElse(true);
        if (!isLikely) {
            return ": it comes closest to " + report.slo();
        }
        if (meets && now.isPresent() && !now.get().sloMet().orElse(true)) {
            return ": it meets " + report.slo() + ", which " + report.name(now.get().setting()) + " misses";
        }
        if (answer.gainPercent().isEmpty()) {
            return meets ? ": it meets " + report.slo() : "";
        }
        return " (" + report.rule().map(rule -> rule.goal().words() + " ").orElse("")
                + Figures.change(answer.gainPercent().getAsDouble())
                + answer.gain()
                        .map(range -> String.format(Locale.ROOT, ", 95 %%: %+.1f to %+.1f", range.low(), range.high()))
                        .orElse("")
                + ")";
    }

    private static boolean isLikelyToMeet(ProjectionReport report, SweepPoint point) {
        double level = report.rule().map(Rule::level).orElse(0.0);
        return report.slo().isEmpty() || point.probabilityMet().orElse(point.sloMet().orElse(true) ? 1 : 0) >= level;
    }

    private static String price(Map<String, Double> price) {
        List<String> parts = new ArrayList<>();
        price.forEach((key, percent) -> parts.add(key + " " + Figures.change(percent)));
        return String.join(", ", parts);
    }

    private void recording() {
        if (report.recording().isEmpty()) {
            return;
        }
        Recording recording = report.recording().get();
        layout.title("Recording");
        layout.row("source", recording.source() + ": " + String.join(", ", recording.files()));
        OptionalDouble span = RecordingSpan.seconds(recording);
        long engines = recording.iterations().stream().mapToInt(step -> step.engine()).distinct().count();
        layout.row(
                "steps",
                recording.iterations().size() + (engines > 1 ? " of " + engines + " engines" : "")
                        + (span.isPresent() ? " in " + Figures.readable(span.getAsDouble()) + " s" : ""));
        layout.row("requests", RecordingFacts.requests(recording.requests()));
        layout.row(
                "limits",
                "max-num-batched-tokens " + text(recording.settings().maxNumBatchedTokens()) + ", max-num-seqs "
                        + text(recording.settings().maxNumSeqs()) + ", " + RecordingFacts.kvCache(recording.settings()));
        layout.row(
                "timing",
                switch (recording.timing().basis()) {
                    case STEP -> "each step has its own time";
                    case TIMESTAMPS -> "only the spacing of timestamps";
                    case UNUSABLE -> "unusable";
                }
                        + ", steps cover " + Figures.percent(recording.timing().coverage()) + " of the wall clock");
        for (RecordingWarning warning : recording.warnings()) {
            layout.row("warning", warning.message() + (warning.count() > 1 ? " (" + warning.count() + " times)" : ""));
        }
    }

    private static String text(OptionalInt value) {
        return value.isPresent() ? String.valueOf(value.getAsInt()) : "unknown";
    }

    private void model() {
        if (report.model().isEmpty()) {
            return;
        }
        ModelSummary model = report.model().get();
        layout.title("Step model (" + model.level().name().toLowerCase(Locale.ROOT) + " level)");
        if (!model.terms().isEmpty()) {
            TextTable table = new TextTable("term", "value", "95 % interval", "unit", "told apart", "effective");
            for (ModelSummary.Term term : model.terms()) {
                table.row(
                        term.name(),
                        number(term.value()),
                        term.low95().isPresent() && term.high95().isPresent()
                                ? Figures.readable(term.low95().getAsDouble()) + " to " + Figures.readable(term.high95().getAsDouble())
                                : "-",
                        term.unit(),
                        term.identifiable() ? "yes" : "no",
                        term.rate().map(Figures::rate).orElse("-"));
            }
            layout.table(table);
            layout.row(
                    "fit",
                    model.fit().samples() + " samples, error " + number(model.fit().mapePercent()) + " % fitted, "
                            + number(model.fit().heldOutMapePercent()) + " % held out, R2 " + number(model.fit().r2()));
        }
        model.diagnosis().forEach(layout::item);
    }

    private static String number(OptionalDouble value) {
        return value.isPresent() ? Figures.readable(value.getAsDouble()) : "-";
    }

    private void kernels() {
        if (report.kernels().isEmpty()) {
            return;
        }
        layout.title("Kernels");
        TextTable table = new TextTable("kernel", "kind", "calls", "share", "bound by", "of peak");
        report.kernels().stream()
                .limit(MOST_KERNELS)
                .forEach(kernel -> table.row(
                        Figures.kernelName(kernel.name()),
                        kernel.kind(),
                        String.valueOf(kernel.calls()),
                        Figures.percent(kernel.shareOfTime()),
                        kernel.boundBy().orElse("-"),
                        kernel.achievedFractionOfPeak().isPresent()
                                ? Figures.percent(kernel.achievedFractionOfPeak().getAsDouble())
                                : "-"));
        layout.table(table);
    }

    private void sweep() {
        if (report.workload().isPresent()) {
            WorkloadFacts workload = report.workload().get();
            layout.title("Workload");
            layout.row("source", workload.source());
            layout.row(
                    "requests",
                    String.format(
                            Locale.ROOT,
                            "%,d, mean %s tokens in, %s out%s",
                            workload.requests(),
                            Figures.readable(workload.meanInputTokens()),
                            Figures.readable(workload.meanOutputTokens()),
                            workload.requestRate().isPresent()
                                    ? ", " + Figures.readable(workload.requestRate().getAsDouble()) + " requests/s"
                                    : ", all at once"));
            if (!workload.assumption().isEmpty()) {
                layout.row("assumed", workload.assumption());
            }
        }
        if (report.sweep().isEmpty()) {
            return;
        }
        layout.title("Predicted by max-num-batched-tokens" + (report.slo().isEmpty() ? "" : ", objective " + report.slo()));
        TextTable table = new TextTable(
                "MBNT", "output tok/s", "95 % interval", "TTFT p50", "p99 ms", "TPOT ms", "ITL p99", "SLO", "P(meets)",
                "max req/s", "support", "preempt", "KV peak", "KV tokens");
        for (SweepPoint point : report.sweep()) {
            if (report.isRecommended(point)) {
                table.chosenRow(cells(point));
            } else {
                table.row(cells(point));
            }
        }
        layout.table(table.withoutEmptyColumns());
        legend(layout, report);
        SweepPlot.print(layout, report);
        effects();
        SupportReport.measurements(layout, report);
        report.presentPoint().ifPresent(this::prices);
    }

    /// What the characters beside settings mean; nothing where no row has one.
    static void legend(TextLayout layout, ProjectionReport report) {
        List<String> marks = new ArrayList<>();
        report.recommendedPoint().ifPresent(_ -> marks.add(TextLayout.CHOSEN_ROW + "recommended"));
        report.presentPoint().ifPresent(_ -> marks.add("* recorded setting"));
        if (!marks.isEmpty()) {
            layout.line("  " + String.join(", ", marks));
        }
    }

    /// What a what-if brings at every setting.
    private void effects() {
        List<SweepPoint> changed = report.sweep().stream().filter(point -> point.effect().isPresent()).toList();
        if (changed.isEmpty()) {
            return;
        }
        layout.title("What the change brings, 95 % interval");
        List<String> keys = List.of("output_throughput", "mean_ttft_ms", "mean_tpot_ms", "p99_itl_ms", "p99_e2el_ms");
        TextTable table = new TextTable("MBNT", "output tok/s", "TTFT mean", "TPOT mean", "ITL p99", "E2E p99");
        for (SweepPoint point : changed) {
            table.row(Stream.concat(Stream.of(report.name(point.setting())), keys.stream().map(key -> effect(point, key)))
                    .toArray(String[]::new));
        }
        layout.table(table);
    }

    private static String effect(SweepPoint point, String key) {
        WhatIfEffect.Change change = point.effect().orElseThrow().changes().get(key);
        if (change == null) {
            return "-";
        }
        return Figures.change(change.percent()) + change.interval()
                .map(range -> String.format(Locale.ROOT, " (%+.1f to %+.1f)", range.low(), range.high())).orElse("");
    }

    /// What every other setting brings and costs.
    private void prices(SweepPoint present) {
        List<SweepPoint> others = report.sweep().stream()
                .filter(point -> !report.isPresent(point) && point.metrics().completed() > 0)
                .toList();
        if (others.isEmpty()) {
            return;
        }
        layout.title("Against the present " + report.name(present.setting()));
        TextTable table = new TextTable(Stream.concat(Stream.of("MBNT"), Result.MAIN.stream().map(Result::words)).toArray(String[]::new));
        for (SweepPoint point : others) {
            String[] cells = Stream.concat(
                    Stream.of(report.name(point.setting())),
                    Result.MAIN.stream().map(result -> result.change(point, present).map(Figures::change).orElse("-")))
                    .toArray(String[]::new);
            if (report.isRecommended(point)) {
                table.chosenRow(cells);
            } else {
                table.row(cells);
            }
        }
        layout.table(table);
    }

    private String[] cells(SweepPoint point) {
        Optional<Interval95> interval = point.interval("output_throughput");
        return new String[] {
            report.name(point.setting()) + (report.isPresent(point) ? "*" : ""),
            Figures.readable(point.metrics().outputThroughput()),
            interval.map(range -> Figures.readable(range.low()) + "-" + Figures.readable(range.high())).orElse(""),
            Figures.readable(point.metrics().ttft().p50()),
            Figures.readable(point.metrics().ttft().p99()),
            Figures.readable(point.metrics().tpot().mean()),
            Figures.readable(point.metrics().itl().p99()),
            point.sloMet().map(met -> met ? "met" : "missed").orElse(""),
            Figures.probability(point.probabilityMet()),
            point.maxRequestRate().isPresent() ? Figures.readable(point.maxRequestRate().getAsDouble()) : "",
            point.support().label(),
            String.valueOf(point.metrics().engine().preemptions()),
            Figures.percent(point.metrics().engine().peakKvUsage()),
            point.kvCapacityTokens().isPresent() ? String.format(Locale.ROOT, "%,d", point.kvCapacityTokens().getAsLong()) : ""};
    }

    private void measured() {
        if (report.measured().isEmpty()) {
            return;
        }
        layout.title("Predicted / measured");
        TextTable table = new TextTable(Stream.concat(Stream.of("MBNT", "runs", "spread"), Result.COMPARED.stream().map(Result::words))
                .toArray(String[]::new));
        for (MeasuredPoint point : report.measured()) {
            table.row(Stream.concat(
                    Stream.of(
                            report.name(point.setting()),
                            String.valueOf(point.runs()),
                            Figures.readable(point.spreadPercent()) + " %"),
                    Result.COMPARED.stream().map(result -> report.pair(result, point)))
                    .toArray(String[]::new));
        }
        layout.table(table);
        report.evaluation().ifPresent(this::evaluation);
    }

    private void evaluation(Evaluation evaluation) {
        List<String> errors = new ArrayList<>();
        evaluation.errors().forEach((key, percent) -> errors.add(key + " " + Figures.readable(percent) + " %"));
        layout.row("median error", String.join(", ", errors));
        layout.row("rank corr.", number(evaluation.rankCorrelation()));
        String regrets = Figures.regrets(evaluation);
        if (!regrets.isEmpty()) {
            layout.row("regret", regrets);
        }
    }

    private void notes() {
        if (report.notes().isEmpty()) {
            return;
        }
        layout.title("Notes");
        report.notes().forEach(layout::item);
    }
}
