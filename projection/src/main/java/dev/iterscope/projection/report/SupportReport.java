package dev.iterscope.projection.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.iterscope.projection.model.MissingData;
import dev.iterscope.projection.model.ModelSummary;
import dev.iterscope.projection.search.NextMeasurement;
import dev.iterscope.projection.search.Setting;
import dev.iterscope.projection.search.SweepPoint;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// What the data behind a model tell and what they do not, point by point, with the measurement that would. `project`, `sweep` and `fit`
/// say it in these words.
public final class SupportReport {
    private SupportReport() {}

    /// What `fit` says of a recording: which terms are told apart, which budgets can be predicted, and what to measure for the rest.
    public static void writeText(ProjectionReport report, PrintWriter out, int columns, boolean colour) {
        TextLayout layout = new TextLayout(out, columns, colour);
        layout.title("What the recorded steps tell");
        report.model().ifPresent(model -> {
            named(layout, "told apart", model, true);
            named(layout, "not", model, false);
            model.diagnosis().forEach(layout::item);
            model.nextMeasurement().ifPresent(next -> layout.item("next: " + next));
        });
        layout.title("The recorded requests at max-num-batched-tokens");
        if (report.sweep().isEmpty()) {
            report.recommendation().reasons().forEach(layout::item);
            report.recommendation().nextMeasurement().ifPresent(next -> layout.item("next: " + next));
            return;
        }
        for (SweepPoint point : report.sweep()) {
            point(layout, report, point);
        }
        commands(layout, report, report.sweep());
    }

    private static void named(TextLayout layout, String label, ModelSummary model, boolean identifiable) {
        List<String> names = model.terms().stream()
                .filter(term -> term.identifiable() == identifiable)
                .map(ModelSummary.Term::name)
                .toList();
        if (!names.isEmpty()) {
            layout.row(label, String.join(", ", names));
        }
    }

    /// The section of `project` and `sweep`: every point that the data do not determine.
    static void measurements(TextLayout layout, ProjectionReport report) {
        List<SweepPoint> open = report.sweep().stream().filter(point -> point.next().isPresent()).toList();
        if (!open.isEmpty()) {
            layout.title("Next measurement, point by point");
            open.forEach(point -> point(layout, report, point));
            commands(layout, report, open);
        }
    }

    /// What to paste for the measurement that determines most, and the command that makes a script for all of them.
    private static void commands(TextLayout layout, ProjectionReport report, List<SweepPoint> open) {
        open.stream()
                .filter(point -> MeasurementCommand.of(point, report).script().isPresent())
                .max(Comparator.comparingInt(point -> point.next().map(next -> next.determines().size()).orElse(0)))
                .ifPresent(point -> {
                    layout.item("to paste where the server runs, for " + report.name(point.setting()) + ":");
                    MeasurementCommand.of(point, report).script().ifPresent(layout::shell);
                    layout.item("a script for all of them:");
                    layout.shell("iterscope experiment --from " + String.join(" --from ", MeasurementCommand.names(report))
                            + MeasurementCommand.workload(report) + " -o experiment.sh && sh experiment.sh");
                });
    }

    private static void point(TextLayout layout, ProjectionReport report, SweepPoint point) {
        layout.row(report.name(point.setting()), point.support().label()
                + point.next().map(next -> ": " + next.reason() + "; " + next.words()).orElse(""));
        MeasurementCommand.of(point, report).obstacle().ifPresent(why -> layout.row("", "it cannot be measured so: " + why));
    }

    /// The object `support` of `fit`: `identifiable`, `diagnosis` and `terms` as in `project`'s `model`, `next_measurement`, and `points`
    /// with the keys of its `sweep`; `refused` says why there are none.
    public static ObjectNode json(ProjectionReport report) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        Optional<ModelSummary> model = report.model();
        node.put("identifiable", model.map(ModelSummary::identifiable).orElse(false));
        ArrayNode diagnosis = node.putArray("diagnosis");
        ArrayNode terms = node.putArray("terms");
        model.ifPresent(found -> {
            found.diagnosis().forEach(diagnosis::add);
            found.terms().forEach(term -> terms.addObject().put("name", term.name()).put("identifiable", term.identifiable()));
        });
        JsonDocument.put(node, "next_measurement", model.flatMap(ModelSummary::nextMeasurement));
        node.put("refused", report.sweep().isEmpty() ? String.join("; ", report.recommendation().reasons()) : null);
        ArrayNode points = node.putArray("points");
        for (SweepPoint point : report.sweep()) {
            ObjectNode row = points.addObject();
            row.put("max_num_batched_tokens", point.maxNumBatchedTokens());
            row.put("max_num_seqs", point.setting().maxNumSeqs());
            row.put("support", point.support().label());
            nextMeasurement(row, point, report);
        }
        return node;
    }

    /// The key `next_measurement` of a point; null where nothing is missing.
    static void nextMeasurement(ObjectNode row, SweepPoint point, ProjectionReport report) {
        if (point.next().isEmpty()) {
            row.putNull("next_measurement");
            return;
        }
        NextMeasurement next = point.next().get();
        MeasurementCommand command = MeasurementCommand.of(point, report);
        ObjectNode node = row.putObject("next_measurement");
        node.put("reason", next.reason());
        node.put("text", next.words() + command.obstacle().map(why -> "; it cannot be measured so: " + why).orElse(""));
        node.put("max_num_batched_tokens", next.setting().maxNumBatchedTokens());
        node.put("max_num_seqs", next.setting().maxNumSeqs());
        if (next.missing() instanceof MissingData.Steps steps) {
            node.put("steps", steps.steps());
            node.putObject("batch")
                    .put("context_requests", steps.batch().contextRequests())
                    .put("context_tokens", steps.batch().contextTokens())
                    .put("generation_requests", steps.batch().generationRequests())
                    .put("kv_tokens_per_generation_request", steps.batch().kvTokensEach());
        } else {
            node.putNull("steps");
            node.putNull("batch");
        }
        ArrayNode determines = node.putArray("determines");
        next.determines().stream().mapToInt(Setting::maxNumBatchedTokens).distinct().forEach(determines::add);
        JsonDocument.put(node, "command", command.script());
    }
}
