package dev.iterscope.projection.compare;

import dev.iterscope.projection.model.IterationOptions;
import dev.iterscope.projection.model.RecordingComparison;
import dev.iterscope.projection.report.Figures;
import dev.iterscope.projection.report.TextLayout;
import dev.iterscope.projection.report.TextTable;
import dev.iterscope.projection.search.Interval95;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/// A comparison for a terminal: the objective and the prediction first, then results, then what the steps did.
public final class ComparisonText {
    private static final String NOT_KNOWN = "not known";

    private final TextLayout layout;

    private ComparisonText(TextLayout layout) {
        this.layout = layout;
    }

    /// Writes the comparison.
    public static void write(ServiceComparison comparison, PrintWriter out, int columns, boolean colour) {
        ComparisonText text = new ComparisonText(new TextLayout(out, columns, colour));
        comparison.objective().ifPresent(objective -> text.objective(comparison.slo().toString(), objective));
        comparison.prediction().ifPresent(text::prediction);
        text.results(comparison.results());
        text.steps(comparison.steps());
    }

    private void objective(String slo, ObjectiveOutcome objective) {
        layout.title("Objective " + slo + ": AFTER " + met(objective.metAfter()) + "; BEFORE " + met(objective.metBefore()));
        TextTable table = new TextTable("bound", "before", "after", "kept");
        objective.bounds().forEach(bound -> table.row(bound.bound().toString(), value(bound.bound().key(), bound.before()),
                value(bound.bound().key(), bound.after()), bound.metAfter().map(kept -> kept ? "yes" : "no").orElse(NOT_KNOWN)));
        layout.table(table);
    }

    private static String met(Optional<Boolean> met) {
        return met.map(yes -> yes ? "meets it" : "misses it").orElse("is not known to meet it");
    }

    private void prediction(PredictionOutcome prediction) {
        long intervals = prediction.results().stream().filter(result -> result.interval().isPresent()).count();
        long inside = prediction.results().stream().filter(result -> result.isInside().orElse(false)).count();
        String seqs = prediction.maxNumSeqs().isPresent() ? ", max-num-seqs " + prediction.maxNumSeqs().getAsInt() : "";
        String came = intervals == 0
                ? prediction.file() + " has no intervals"
                : inside + " of " + intervals + " measured results lie in their 95 % interval";
        layout.title("Predicted for max-num-batched-tokens " + prediction.maxNumBatchedTokens() + seqs + ": " + came);
        prediction.sloMet().ifPresent(met -> layout.item("predicted to " + (met ? "meet" : "miss") + " its objective"));
        TextTable table = new TextTable("result", "predicted", "95 % interval", "measured", "error", "inside");
        for (PredictionOutcome.PredictedResult result : prediction.results()) {
            table.row(result.key(), value(result.key(), result.predicted()),
                    result.interval().map(range -> value(result.key(), range.low()) + " to " + value(result.key(), range.high()))
                            .orElse(""),
                    value(result.key(), result.measured()),
                    Double.isFinite(result.errorPercent()) ? Figures.change(result.errorPercent()) : "",
                    result.isInside().map(yes -> yes ? "yes" : "no").orElse(""));
        }
        layout.table(table.withoutEmptyColumns());
    }

    private void results(ResultComparison results) {
        layout.title("Results, AFTER against BEFORE");
        TextTable table = new TextTable("result", "before", "after", "change", "95 % interval", "verdict");
        for (ResultChange change : results.changes()) {
            if (change.before().isPresent() || change.after().isPresent()) {
                table.row(change.key(), value(change.key(), change.before()), value(change.key(), change.after()),
                        change.percent().isPresent() ? Figures.change(change.percent().getAsDouble()) : "",
                        change.interval().map(ComparisonText::interval).orElse(""), verdict(change));
            }
        }
        layout.table(table);
        unknown(results).forEach(layout::item);
        layout.item(results.blocks() == 0
                ? "no intervals: too few requests or steps"
                : "intervals: block bootstrap over " + results.blocks() + " time blocks"
                        + (results.paired() ? ", the same requests paired" : "")
                        + String.format(Locale.ROOT, ", and the %.0f %% that repetitions of a run are assumed to differ by",
                                100 * IterationOptions.DEFAULTS.betweenRunDeviation()));
        if (results.gapsMissing()) {
            layout.item("ITL is taken from steps, which do not show the gaps of preempted requests");
        }
    }

    /// What is not known in either, by reason.
    private static List<String> unknown(ResultComparison results) {
        List<String> items = new ArrayList<>();
        results.changes().stream().map(ResultChange::unknown).filter(reason -> !reason.isEmpty()).distinct().forEach(reason -> {
            List<String> keys =
                    results.changes().stream().filter(change -> change.unknown().equals(reason)).map(ResultChange::key).toList();
            items.add((reason.startsWith("one recording") ? "not compared: " : "not known: ") + String.join(", ", keys) + " (" + reason
                    + ")");
        });
        return items;
    }

    private static String verdict(ResultChange change) {
        if (change.percent().isEmpty() || change.interval().isEmpty()) {
            return "";
        }
        return change.isShown() ? change.isBetter() ? "better" : "worse" : "no change shown";
    }

    private static String interval(Interval95 range) {
        return String.format(Locale.ROOT, "%+.1f to %+.1f", range.low(), range.high());
    }

    private static String value(String key, OptionalDouble value) {
        return value.isPresent() ? value(key, value.getAsDouble()) : NOT_KNOWN;
    }

    private static String value(String key, double value) {
        return key.equals("peak_kv_usage")
                ? String.format(Locale.ROOT, "%.1f %%", 100 * value)
                : key.equals("preemptions") ? String.format(Locale.ROOT, "%.0f", value) : Figures.readable(value);
    }

    private void steps(ServiceComparison.Steps steps) {
        switch (steps) {
            case ServiceComparison.Steps.NotCompared(String reason, int _) -> layout.title("Steps: not comparable (" + reason + ")");
            case ServiceComparison.Steps.Compared(RecordingComparison comparison) -> steps(comparison);
        }
    }

    private void steps(RecordingComparison comparison) {
        layout.title(
                String.format(Locale.ROOT, "Steps on batches that both hold (%,d of BEFORE): %+.1f %% time (95 %%: %+.1f to %+.1f): %s",
                        comparison.matchedSteps(), comparison.changePercent(), comparison.low95(), comparison.high95(),
                        Verdicts.of(comparison).replace('-', ' ')));
        TextTable table = new TextTable("term or kernel", "before", "change", "95 % interval", "verdict");
        List<String> reasons = new ArrayList<>();
        for (RecordingComparison.TermChange term : comparison.terms()) {
            String before = Figures.readable(term.aNanos() / 1e6) + " ms";
            table.row(cells(term.name(), before, term.change(), term.isShown()));
            reasons.add(term.reason().isEmpty() ? "" : term.name() + ": not comparable: " + term.reason());
        }
        for (RecordingComparison.KernelChange kernel : comparison.kernels()) {
            String name = Figures.kernelName(kernel.name());
            table.row(cells(name, Figures.readable(kernel.aNanos() / 1e3) + " us", kernel.change(), kernel.isShown()));
            reasons.add(kernel.reason().isEmpty() ? "" : name + ": not comparable: " + kernel.reason());
        }
        layout.table(table);
        reasons.stream().filter(reason -> !reason.isEmpty()).forEach(layout::item);
    }

    private static String[] cells(String name, String before, Optional<RecordingComparison.Change> change, boolean shown) {
        if (change.isEmpty()) {
            return new String[] {name, before, "", "", "not comparable"};
        }
        RecordingComparison.Change found = change.get();
        return found.percent().isEmpty()
                ? new String[] {name, before, String.format(Locale.ROOT, "%+.3f ms", found.nanos() / 1e6), "", ""}
                : new String[] {
                    name,
                    before,
                    Figures.change(found.percent().getAsDouble()),
                    interval(new Interval95(found.lowPercent95().orElse(0), found.highPercent95().orElse(0))),
                    shown ? found.nanos() < 0 ? "faster" : "slower" : "no change shown"};
    }
}
