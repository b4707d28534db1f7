package dev.iterscope.projection.report;

import dev.iterscope.projection.model.ModelSummary;
import dev.iterscope.projection.report.page.Html;
import dev.iterscope.projection.search.Evaluation;
import dev.iterscope.projection.search.MeasuredPoint;
import dev.iterscope.projection.search.SweepPoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/// The tables of the page.
final class HtmlTables {
    /// Begins the recommended row, so that it stands out without colours too.
    static final String CHOSEN = "▸ ";
    private static final String UNKNOWN = "–";

    private final ProjectionReport report;

    HtmlTables(ProjectionReport report) {
        this.report = report;
    }

    private static String table(List<String> header, List<String> rows) {
        StringBuilder table = new StringBuilder("<div class=\"scroll\"><table>\n<thead><tr>");
        header.forEach(name -> table.append("<th>").append(Html.escape(name)).append("</th>"));
        table.append("</tr></thead>\n<tbody>\n");
        rows.forEach(table::append);
        return table.append("</tbody></table></div>\n").toString();
    }

    private static String row(String style, List<String> cells) {
        StringBuilder row = new StringBuilder(style.isEmpty() ? "<tr>" : "<tr class=\"" + style + "\">");
        cells.forEach(cell -> row.append("<td>").append(Html.escape(cell)).append("</td>"));
        return row.append("</tr>\n").toString();
    }

    /// The present and the recommended setting side by side; empty where they are not two.
    String change() {
        Optional<SweepPoint> before = report.presentPoint();
        Optional<SweepPoint> after = report.recommendedPoint();
        if (before.isEmpty() || after.isEmpty() || before.get().setting().equals(after.get().setting())) {
            return "";
        }
        StringBuilder tiles = new StringBuilder("<div class=\"tiles\">\n");
        for (Result result : Result.MAIN) {
            double old = result.of(before.get());
            double now = result.of(after.get());
            if (old > 0) {
                double percent = 100 * (now / old - 1);
                tiles.append(String.format(
                        Locale.ROOT,
                        "<div class=\"tile %s\"><span>%s</span><b>%s</b><small>%s from %s</small></div>\n",
                        Math.abs(percent) < 1 ? "same" : percent > 0 == result.higherIsBetter() ? "better" : "worse",
                        Html.escape(result.words() + (result.unit().isEmpty() ? "" : ", " + result.unit())),
                        Figures.readable(now),
                        Figures.change(percent),
                        Figures.readable(old)));
            }
        }
        return tiles + "</div>\n";
    }

    /// Every point of the sweep.
    String sweep() {
        boolean objective = !report.slo().isEmpty();
        List<String> header = new ArrayList<>(List.of(report.variesSequences() ? "MBNT/ seqs" : "MBNT", "output tok/s", "95 % interval"));
        Result.LATENCIES.forEach(result -> header.add(result.words() + " ms"));
        if (objective) {
            header.addAll(List.of("objective", "P(meets)", "highest req/s"));
        }
        header.addAll(List.of("support", "preemp- tions", "KV peak", "KV tokens"));
        List<String> rows = new ArrayList<>();
        for (SweepPoint point : report.sweep()) {
            boolean serves = point.metrics().completed() > 0;
            List<String> cells = new ArrayList<>(List.of(
                    (report.isRecommended(point) ? CHOSEN : "") + report.name(point.setting()) + (report.isPresent(point) ? " (now)" : ""),
                    Figures.readable(point.metrics().outputThroughput()),
                    range(point, "output_throughput")));
            Result.LATENCIES.forEach(result -> cells.add(serves ? Figures.readable(result.of(point)) : UNKNOWN));
            if (objective) {
                cells.add(point.sloMet().orElse(false) ? "met" : "missed");
                cells.add(point.probabilityMet().isPresent() ? Figures.probability(point.probabilityMet()) : UNKNOWN);
                cells.add(number(point.maxRequestRate()));
            }
            cells.addAll(List.of(
                    serves ? point.support().label() : "serves nothing",
                    String.valueOf(point.metrics().engine().preemptions()),
                    Figures.percent(point.metrics().engine().peakKvUsage()),
                    point.kvCapacityTokens().isPresent()
                            ? String.format(Locale.ROOT, "%,d", point.kvCapacityTokens().getAsLong())
                            : UNKNOWN));
            rows.add(row(style(point), cells));
        }
        return table(header, rows);
    }

    /// What to measure for every point that the data do not determine; empty where there is none.
    String measurements() {
        StringBuilder list = new StringBuilder();
        for (SweepPoint point : report.sweep()) {
            point.next().ifPresent(next -> list.append("<li>")
                    .append(Html.escape(report.name(point.setting()) + " is " + point.support().label() + ": " + next.reason() + "; "
                            + next.words()))
                    .append(MeasurementCommand.of(point, report).obstacle()
                            .map(why -> Html.escape("; it cannot be measured so: " + why)).orElse(""))
                    .append(MeasurementCommand.of(point, report).script()
                            .map(lines -> "<pre><code>" + Html.escape(lines) + "</code></pre>")
                            .orElse(""))
                    .append("</li>\n"));
        }
        return list.isEmpty() ? "" : "<h3>What to measure next</h3>\n<ul>\n" + list + "</ul>\n";
    }

    private String style(SweepPoint point) {
        String missed = point.sloMet().map(met -> met ? "" : " missed").orElse("");
        return ((report.isRecommended(point) ? "recommended" : "") + missed).strip();
    }

    /// What each setting costs and brings against the present one; empty where that is not known.
    String prices() {
        Optional<SweepPoint> present = report.presentPoint();
        if (present.isEmpty() || report.sweep().size() < 2) {
            return "";
        }
        List<String> header = new ArrayList<>(List.of("against " + report.name(present.get().setting())));
        Result.MAIN.forEach(result -> header.add(result.words()));
        List<String> rows = new ArrayList<>();
        for (SweepPoint point : report.sweep()) {
            if (!report.isPresent(point) && point.metrics().completed() > 0) {
                List<String> cells = new ArrayList<>(List.of(report.name(point.setting())));
                Result.MAIN.forEach(result -> cells.add(result.change(point, present.get()).map(Figures::change).orElse(UNKNOWN)));
                rows.add(row(report.isRecommended(point) ? "recommended" : "", cells));
            }
        }
        return rows.isEmpty() ? "" : table(header, rows);
    }

    /// What was recorded with the present setting beside what is predicted for it; empty where they are not of the same requests.
    String recorded() {
        Optional<SweepPoint> present = report.presentPoint();
        if (present.isEmpty()) {
            return "";
        }
        List<String> rows = new ArrayList<>();
        for (Result result : Result.RECORDED) {
            double recorded = report.recorded().getOrDefault(result.key(), 0.0);
            double predicted = result.of(present.get());
            if (recorded > 0 && predicted > 0) {
                rows.add(row("", List.of(
                        result.words() + (result.unit().isEmpty() ? "" : ", " + result.unit()),
                        Figures.readable(recorded),
                        Figures.readable(predicted),
                        range(present.get(), result.key()),
                        Figures.change(100 * (predicted / recorded - 1)))));
            }
        }
        return rows.isEmpty()
                ? ""
                : table(List.of(report.name(present.get().setting()), "recorded", "predicted", "95 % interval", "error"), rows);
    }

    private static String range(SweepPoint point, String key) {
        return point.interval(key).map(range -> Figures.readable(range.low()) + " to " + Figures.readable(range.high())).orElse(UNKNOWN);
    }

    /// Each measured setting's prediction, measurement and error.
    String measured() {
        List<String> header = new ArrayList<>(List.of("MBNT", "runs", "spread of runs"));
        Result.COMPARED.forEach(result -> header.add(result.words() + (result.unit().isEmpty() ? "" : " " + result.unit())));
        List<String> rows = new ArrayList<>();
        for (MeasuredPoint point : report.measured()) {
            List<String> cells = new ArrayList<>(List.of(
                    report.name(point.setting()),
                    String.valueOf(point.runs()),
                    Figures.readable(point.spreadPercent()) + " %"));
            Result.COMPARED.forEach(result -> cells.add(report.pair(result, point)));
            rows.add(row("", cells));
        }
        report.evaluation().ifPresent(evaluation -> rows.add(row("recommended", errors(evaluation))));
        return table(header, rows);
    }

    private static List<String> errors(Evaluation evaluation) {
        List<String> cells = new ArrayList<>(List.of("median error", "", ""));
        Map<String, Double> errors = evaluation.errors();
        Result.COMPARED.forEach(
                result -> cells.add(errors.containsKey(result.key()) ? Figures.readable(errors.get(result.key())) + " %" : UNKNOWN));
        return cells;
    }

    /// The step model's terms.
    String terms(ModelSummary model) {
        List<String> rows = model.terms().stream()
                .map(term -> row("", List.of(
                        term.name(),
                        number(term.value()),
                        term.low95().isPresent() && term.high95().isPresent()
                                ? number(term.low95()) + " to " + number(term.high95())
                                : UNKNOWN,
                        term.unit(),
                        term.identifiable() ? "yes" : "no",
                        term.rate().map(Figures::rate).orElse(UNKNOWN))))
                .toList();
        return table(List.of("term", "value", "95 % interval", "unit", "told apart", "effective rate"), rows);
    }

    static String percent(OptionalDouble value) {
        return value.isPresent() ? number(value) + " %" : "not known";
    }

    static String number(OptionalDouble value) {
        return value.isPresent() ? Figures.readable(value.getAsDouble()) : UNKNOWN;
    }
}
