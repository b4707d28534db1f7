package dev.iterscope.projection.report;

import dev.iterscope.projection.model.ModelSummary;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.search.Evaluation;
import dev.iterscope.projection.search.Interval95;
import dev.iterscope.projection.search.Recommendation;
import dev.iterscope.projection.search.SweepPoint;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.OptionalDouble;

/// The report as one page that needs nothing but itself: no request leaves it, style and the few lines of script are inside. Charts are
/// SVG made here, so that they print and can be read without script; the script only shows values beside the pointer.
public final class HtmlReport {
    private final ProjectionReport report;
    private final PrintWriter out;

    private HtmlReport(ProjectionReport report, PrintWriter out) {
        this.report = report;
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
        out.print("<header class=\"answer " + answer.verdict().label() + "\">\n<h1>Recommendation: "
                + Html.escape(TextReport.sentence(report)) + "</h1>\n");
        if (!answer.command().isEmpty()) {
            out.print("<code>" + Html.escape(answer.command()) + "</code>\n");
        }
        out.print("<ul>\n");
        answer.reasons().forEach(this::item);
        if (!answer.price().isEmpty()) {
            StringBuilder price = new StringBuilder("price: ");
            answer.price().forEach((key, percent) -> price.append(key).append(' ').append(Figures.change(percent)).append(", "));
            item(price.substring(0, price.length() - 2));
        }
        answer.nextMeasurement().ifPresent(next -> item("next: " + next));
        out.print("</ul>\n</header>\n");
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
        out.print("<div class=\"grid\">\n" + charts.throughput()
                + charts.latency("Inter-token latency", "itl", point -> point.metrics().itl())
                + charts.latency("Time to first token", "ttft", point -> point.metrics().ttft()) + charts.pareto() + "</div>\n");
        table();
    }

    private void table() {
        out.print(
                "<div class=\"scroll\"><table>\n<thead><tr><th>MBNT</th><th>output tok/s</th><th>95 %</th><th>TTFT p50 ms</th><th>TTFT p99 ms</th>"
                        + "<th>TPOT ms</th><th>ITL p99 ms</th>"
                        + (report.slo().isEmpty() ? "" : "<th>objective</th><th>max req/s</th>")
                        + "<th>support</th><th>E2E p99 ms</th><th>preempt.</th><th>KV peak</th><th>KV tokens</th></tr></thead>\n<tbody>\n");
        for (SweepPoint point : report.sweep()) {
            boolean chosen = report.recommendation().maxNumBatchedTokens().isPresent()
                    && report.recommendation().maxNumBatchedTokens().getAsInt() == point.maxNumBatchedTokens();
            out.print(chosen ? "<tr class=\"recommended\">" : "<tr>");
            cell(point.maxNumBatchedTokens() + (report.variesSequences() ? "/" + point.setting().maxNumSeqs() : ""));
            cell(Figures.readable(point.metrics().outputThroughput()));
            cell(point.interval("output_throughput").map(HtmlReport::range).orElse("-"));
            cell(Figures.readable(point.metrics().ttft().p50()));
            cell(Figures.readable(point.metrics().ttft().p99()));
            cell(Figures.readable(point.metrics().tpot().mean()));
            cell(Figures.readable(point.metrics().itl().p99()));
            if (!report.slo().isEmpty()) {
                cell(point.sloMet().orElse(false) ? "met" : "missed");
                cell(number(point.maxRequestRate()));
            }
            cell(point.support().label());
            cell(Figures.readable(point.metrics().e2el().p99()));
            cell(String.valueOf(point.metrics().engine().preemptions()));
            cell(Figures.percent(point.metrics().engine().peakKvUsage()));
            cell(point.kvCapacityTokens().isPresent() ? String.format(Locale.ROOT, "%,d", point.kvCapacityTokens().getAsLong()) : "-");
            out.print("</tr>\n");
        }
        out.print("</tbody></table></div>\n");
    }

    private static String range(Interval95 range) {
        return Figures.readable(range.low()) + " to " + Figures.readable(range.high());
    }

    private void evaluation() {
        if (report.evaluation().isEmpty()) {
            return;
        }
        Evaluation evaluation = report.evaluation().get();
        title("Predicted beside measured");
        paragraph(String.format(
                Locale.ROOT,
                "Rank correlation %s. Regret of the recommendation %s %%; of keeping %s %%, always 2048 %s %%, the smallest %s %%, the largest %s %%.",
                number(evaluation.rankCorrelation()),
                number(evaluation.regretPercent()),
                number(evaluation.nullRegret().keep()),
                number(evaluation.nullRegret().fixed2048()),
                number(evaluation.nullRegret().smallest()),
                number(evaluation.nullRegret().largest())));
        out.print("<div class=\"scroll\"><table><thead><tr><th>result</th><th>median error</th></tr></thead><tbody>\n");
        evaluation.errors().forEach((key, percent) -> {
            out.print("<tr>");
            cell(key);
            cell(Figures.readable(percent) + " %");
            out.print("</tr>\n");
        });
        out.print("</tbody></table></div>\n");
    }

    private void recording(Recording recording) {
        title("What was recorded");
        paragraph(recording.source() + ": " + String.join(", ", recording.files()) + "; " + recording.iterations().size()
                + " steps which cover " + Figures.percent(recording.timing().coverage()) + " of the wall clock.");
        recording.warnings().forEach(warning -> paragraph("Warning: " + warning.message() + " (" + warning.count() + ")"));
        RecordingCharts charts = new RecordingCharts(report);
        if (!report.steps().isEmpty()) {
            out.print("<div class=\"grid\">\n" + charts.batches() + charts.kvUsage() + charts.predictedSteps() + charts.kernels()
                    + "</div>\n");
        }
    }

    private void model(ModelSummary model) {
        title("Step model (" + model.level().name().toLowerCase(Locale.ROOT) + " level)");
        if (!model.terms().isEmpty()) {
            out.print(
                    "<div class=\"scroll\"><table><thead><tr><th>term</th><th>value</th><th>95 %</th><th>unit</th><th>told apart</th></tr></thead><tbody>\n");
            for (ModelSummary.Term term : model.terms()) {
                out.print("<tr>");
                cell(term.name());
                cell(number(term.value()));
                cell(number(term.low95()) + " to " + number(term.high95()));
                cell(term.unit());
                cell(term.identifiable() ? "yes" : "no");
                out.print("</tr>\n");
            }
            out.print("</tbody></table></div>\n");
            paragraph(String.format(
                    Locale.ROOT,
                    "%d samples; error %s %% fitted, %s %% held out; R2 %s.",
                    model.fit().samples(),
                    number(model.fit().mapePercent()),
                    number(model.fit().heldOutMapePercent()),
                    number(model.fit().r2())));
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

    private void cell(String text) {
        out.print("<td>" + Html.escape(text) + "</td>");
    }

    private static String number(OptionalDouble value) {
        return value.isPresent() ? Figures.readable(value.getAsDouble()) : "-";
    }
}
