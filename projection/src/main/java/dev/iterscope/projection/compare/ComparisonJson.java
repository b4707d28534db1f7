package dev.iterscope.projection.compare;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.iterscope.projection.model.RecordingComparison;
import dev.iterscope.projection.report.JsonDocument;
import dev.iterscope.projection.search.Interval95;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/// A comparison as JSON: keys in snake_case, all always there, null where a value is unknown.
public final class ComparisonJson {
    private ComparisonJson() {}

    /// Writes the comparison.
    public static void write(ServiceComparison comparison, PrintWriter out) {
        ObjectNode root = JsonDocument.create();
        results(root, comparison.results());
        objective(root, comparison);
        prediction(root, comparison.prediction());
        steps(root, comparison.steps());
        JsonDocument.print(root, out);
    }

    private static void results(ObjectNode root, ResultComparison results) {
        root.put("paired", results.paired());
        root.put("blocks", results.blocks());
        ArrayNode array = root.putArray("results");
        for (ResultChange change : results.changes()) {
            ObjectNode node = array.addObject();
            node.put("key", change.key());
            node.put("basis", change.basis().name().toLowerCase(Locale.ROOT));
            JsonDocument.put(node, "before", change.before());
            JsonDocument.put(node, "after", change.after());
            JsonDocument.put(node, "change_percent", change.percent());
            interval(node, change.interval());
            node.put("shown", change.isShown());
            node.put("unknown", change.unknown().isEmpty() ? null : change.unknown());
        }
    }

    private static void objective(ObjectNode root, ServiceComparison comparison) {
        if (comparison.objective().isEmpty()) {
            root.putNull("objective");
            return;
        }
        ObjectiveOutcome objective = comparison.objective().get();
        ObjectNode node = root.putObject("objective");
        node.put("slo", comparison.slo().toString());
        node.put("before_met", objective.metBefore().orElse(null));
        node.put("after_met", objective.metAfter().orElse(null));
        ArrayNode bounds = node.putArray("bounds");
        for (ObjectiveOutcome.BoundOutcome bound : objective.bounds()) {
            ObjectNode row = bounds.addObject();
            row.put("key", bound.bound().key());
            row.put("bound", bound.bound().toString());
            JsonDocument.put(row, "before", bound.before());
            JsonDocument.put(row, "after", bound.after());
            row.put("before_met", bound.metBefore().orElse(null));
            row.put("after_met", bound.metAfter().orElse(null));
        }
    }

    private static void prediction(ObjectNode root, Optional<PredictionOutcome> found) {
        if (found.isEmpty()) {
            root.putNull("predicted");
            return;
        }
        PredictionOutcome prediction = found.get();
        ObjectNode node = root.putObject("predicted");
        node.put("file", prediction.file());
        node.put("max_num_batched_tokens", prediction.maxNumBatchedTokens());
        JsonDocument.put(node, "max_num_seqs", prediction.maxNumSeqs());
        node.put("slo_met", prediction.sloMet().orElse(null));
        ArrayNode results = node.putArray("results");
        for (PredictionOutcome.PredictedResult result : prediction.results()) {
            ObjectNode row = results.addObject();
            row.put("key", result.key());
            JsonDocument.put(row, "predicted", result.predicted());
            interval(row, result.interval());
            JsonDocument.put(row, "measured", result.measured());
            JsonDocument.put(row, "error_percent", result.errorPercent());
            row.put("inside", result.isInside().orElse(null));
        }
    }

    private static void steps(ObjectNode root, ServiceComparison.Steps steps) {
        Optional<RecordingComparison> found = steps instanceof ServiceComparison.Steps.Compared(RecordingComparison comparison)
                ? Optional.of(comparison)
                : Optional.empty();
        root.put("matched_steps", switch (steps) {
            case ServiceComparison.Steps.Compared(RecordingComparison comparison) -> comparison.matchedSteps();
            case ServiceComparison.Steps.NotCompared(String _, int matched) -> matched;
        });
        JsonDocument.put(root, "change_percent", number(found.map(RecordingComparison::changePercent)));
        JsonDocument.put(root, "low95", number(found.map(RecordingComparison::low95)));
        JsonDocument.put(root, "high95", number(found.map(RecordingComparison::high95)));
        root.put("verdict", found.map(Verdicts::of).orElse("not-comparable"));
        root.put("reason", steps instanceof ServiceComparison.Steps.NotCompared(String reason, int _) ? reason : null);
        ArrayNode terms = root.putArray("terms");
        ArrayNode kernels = root.putArray("kernels");
        found.ifPresent(comparison -> {
            comparison.terms().forEach(term -> {
                ObjectNode node = terms.addObject().put("name", term.name());
                JsonDocument.put(node, "a_nanos", term.aNanos());
                JsonDocument.put(node, "b_nanos", number(term.change().map(change -> change.before() + change.nanos())));
                change(node, term.change(), term.isShown(), term.reason());
            });
            comparison.kernels().forEach(kernel -> {
                ObjectNode node = kernels.addObject().put("name", kernel.name());
                JsonDocument.put(node, "a_nanos", kernel.aNanos());
                JsonDocument.put(node, "b_nanos", kernel.bNanos());
                change(node, kernel.change(), kernel.isShown(), kernel.reason());
            });
        });
    }

    private static void change(ObjectNode node, Optional<RecordingComparison.Change> found, boolean shown, String reason) {
        JsonDocument.put(node, "change_percent", found.map(RecordingComparison.Change::percent).orElse(OptionalDouble.empty()));
        JsonDocument.put(node, "low95", found.map(RecordingComparison.Change::lowPercent95).orElse(OptionalDouble.empty()));
        JsonDocument.put(node, "high95", found.map(RecordingComparison.Change::highPercent95).orElse(OptionalDouble.empty()));
        node.put("shown", shown);
        node.put("comparable", found.isPresent());
        node.put("reason", reason.isEmpty() ? null : reason);
    }

    private static void interval(ObjectNode node, Optional<Interval95> interval) {
        JsonDocument.put(node, "low95", number(interval.map(Interval95::low)));
        JsonDocument.put(node, "high95", number(interval.map(Interval95::high)));
    }

    private static OptionalDouble number(Optional<Double> value) {
        return value.map(OptionalDouble::of).orElse(OptionalDouble.empty());
    }
}
