package dev.iterscope.projection.report;

import dev.iterscope.projection.model.ModelSummary;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.report.page.Html;
import dev.iterscope.projection.search.Evaluation;
import dev.iterscope.projection.search.Recommendation;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;

/// The report as one page that needs nothing but itself: no request leaves it, style and the few lines of script are inside. Charts are
/// SVG made here, so that they print and can be read without script; the script only shows values beside the pointer.
public final class HtmlReport {
    private final ProjectionReport report;
    private final HtmlTables tables;
    private final PrintWriter out;

    private HtmlReport(ProjectionReport report, PrintWriter out) {
        this.report = report;
        this.tables = new HtmlTables(report);
        this.out = out;
    }

    /// Writes the page.
    public static void write(ProjectionReport report, PrintWriter out) {
        new HtmlReport(report, out).page();
    }

    private void page() {
        out.print("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>"
                + Html.escape("Iterscope: " + TextReport.sentence(report)) + "</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>\n"
                + Html.resource("report.css") + "</style>\n</head>\n<body>\n");
        answer();
        if (!report.sweep().isEmpty()) {
            sweep();
        }
        evaluation();
        report.recording().ifPresent(this::recording);
        report.model().ifPresent(this::model);
        notes();
        out.print(
                "<footer>Made by Iterscope. This page holds everything it shows.</footer>\n<div id=\"tip\" role=\"status\" hidden></div>\n<script>\n"
                        + Html.resource("report.js") + "</script>\n</body>\n</html>\n");
    }

    private void answer() {
        Recommendation answer = report.recommendation();
        run();
        out.print("<header class=\"answer " + answer.verdict().label() + "\">\n<p class=\"kicker\">Recommendation</p>\n<h1>"
                + Html.escape(capital(TextReport.sentence(report))) + "</h1>\n");
        out.print(tables.change());
        out.print("<ul>\n");
        answer.reasons().forEach(this::item);
        out.print("</ul>\n<dl>\n");
        if (answer.verdict() != Recommendation.Verdict.REFUSE) {
            report.rule().ifPresent(rule -> entry("Rule", Html.escape(rule.sentences())));
        }
        if (!answer.command().isEmpty()) {
            entry("Flags to paste", "<code>" + Html.escape(answer.command()) + "</code>");
        }
        answer.nextMeasurement().ifPresent(next -> entry("Next", Html.escape(next)));
        out.print("</dl>\n</header>\n");
    }

    /// What the recording is of, in a line above the answer.
    private void run() {
        Map<String, String> facts = report.recording().map(RecordingFacts::run).orElse(Map.of());
        if (!facts.isEmpty()) {
            out.print("<dl class=\"run\">\n");
            facts.forEach((name, value) -> {
                out.print("<div>");
                entry(name, Html.escape(value));
                out.print("</div>");
            });
            out.print("</dl>\n");
        }
    }

    private static String capital(String sentence) {
        return sentence.substring(0, 1).toUpperCase(Locale.ROOT) + sentence.substring(1);
    }

    private void entry(String name, String content) {
        out.print("<dt>" + name + "</dt><dd>" + content + "</dd>\n");
    }

    private void item(String text) {
        out.print("<li>" + Html.escape(text) + "</li>\n");
    }

    private void sweep() {
        SweepCharts charts = new SweepCharts(report);
        title("What max-num-batched-tokens would do");
        report.workload().ifPresent(facts -> paragraph(String.format(
                Locale.ROOT,
                "%s: %,d requests, mean %s tokens in and %s out%s.%s",
                facts.source(),
                facts.requests(),
                Figures.readable(facts.meanInputTokens()),
                Figures.readable(facts.meanOutputTokens()),
                facts.requestRate().isPresent() ? ", " + Figures.readable(facts.requestRate().getAsDouble()) + " requests/s" : "",
                facts.assumption().isEmpty() ? "" : " Assumed: " + facts.assumption() + ".")));
        if (!report.slo().isEmpty()) {
            paragraph("Objective: " + report.slo() + ".");
        }
        paragraph("Filled marks lie within what was recorded, hollow ones beyond it, dashed ones are only bounded by it; a ring marks the"
                + " present setting, a large mark the recommended one.");
        out.print("<div class=\"grid\">\n" + charts.throughput()
                + charts.latency("Inter-token latency", "itl", point -> point.metrics().itl())
                + charts.latency("Time to first token", "ttft", point -> point.metrics().ttft()) + charts.pareto() + charts.kvCache()
                + charts.highestRate() + "</div>\n");
        out.print(tables.sweep());
        if (report.recommendedPoint().isPresent()) {
            paragraph(HtmlTables.CHOSEN + "recommended");
        }
        present();
        out.print(tables.measurements());
        out.print(tables.prices());
    }

    private void present() {
        String table = tables.recorded();
        if (!table.isEmpty()) {
            out.print("<h3>The present setting, predicted beside recorded</h3>\n");
            paragraph("The prediction serves the recorded requests.");
            out.print(table);
        }
    }

    private void evaluation() {
        if (report.evaluation().isEmpty()) {
            return;
        }
        Evaluation evaluation = report.evaluation().get();
        title("Predicted beside measured");
        String regrets = Figures.regrets(evaluation);
        if (!regrets.isEmpty()) {
            paragraph("Regret, which is how much worse than the best measured setting: " + regrets + ".");
        }
        evaluation.rankCorrelation()
                .ifPresent(found -> paragraph("Rank correlation of predicted and measured " + Figures.readable(found) + "."));
        out.print(tables.measured());
    }

    private void recording(Recording recording) {
        title("What was recorded");
        paragraph(recording.source() + ": " + String.join(", ", recording.files()) + "; " + recording.iterations().size()
                + " steps which cover " + Figures.percent(recording.timing().coverage()) + " of the wall clock. Requests: "
                + RecordingFacts.requests(recording.requests()) + ".");
        if (!recording.warnings().isEmpty()) {
            list(recording.warnings().stream()
                    .map(warning -> "Warning: " + warning.message() + (warning.count() > 1 ? " (" + warning.count() + ")" : ""))
                    .toList());
        }
        StepCharts steps = new StepCharts(report);
        StringBuilder charts = new StringBuilder();
        if (!report.steps().isEmpty()) {
            RecordingCharts overTime = new RecordingCharts(report.steps());
            charts.append(overTime.batches()).append(overTime.requests()).append(overTime.kvUsage());
        }
        charts.append(steps.byTokens()).append(steps.predictedSteps()).append(steps.latencies()).append(steps.kernels());
        if (!charts.isEmpty()) {
            out.print("<div class=\"grid\">\n" + charts + "</div>\n");
        }
    }

    private void model(ModelSummary model) {
        title("Step model (" + model.level().name().toLowerCase(Locale.ROOT) + " level)");
        if (!model.terms().isEmpty()) {
            out.print(tables.terms(model));
            paragraph(String.format(
                    Locale.ROOT,
                    "%d samples; error %s fitted, %s held out; R2 %s.",
                    model.fit().samples(),
                    HtmlTables.percent(model.fit().mapePercent()),
                    HtmlTables.percent(model.fit().heldOutMapePercent()),
                    HtmlTables.number(model.fit().r2())));
        }
        list(model.diagnosis());
    }

    private void notes() {
        if (!report.notes().isEmpty()) {
            title("Notes");
            list(report.notes());
        }
    }

    private void list(Iterable<String> items) {
        out.print("<ul>\n");
        items.forEach(this::item);
        out.print("</ul>\n");
    }

    private void title(String text) {
        out.print("<h2>" + Html.escape(text) + "</h2>\n");
    }

    private void paragraph(String text) {
        out.print("<p>" + Html.escape(text) + "</p>\n");
    }
}
