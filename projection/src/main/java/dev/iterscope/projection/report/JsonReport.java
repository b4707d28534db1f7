package dev.iterscope.projection.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.iterscope.projection.model.EffectiveRate;
import dev.iterscope.projection.model.ModelSummary;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.Settings;
import dev.iterscope.projection.search.Evaluation;
import dev.iterscope.projection.search.Interval95;
import dev.iterscope.projection.search.Recommendation;
import dev.iterscope.projection.search.Rule;
import dev.iterscope.projection.search.Setting;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/// The report as JSON. All keys are always there, null where a value is unknown.
public final class JsonReport {
    private JsonReport() {}

    /// Writes the report of `project`: every section.
    public static void writeProject(ProjectionReport report, PrintWriter out) {
        ObjectNode root = JsonDocument.create();
        recording(root, report.recording());
        model(root, report.model());
        kernels(root, report.kernels());
        answer(root, report);
        JsonDocument.print(root, out);
    }

    /// Writes the report of `sweep`: without recording, model and kernels.
    public static void writeSweep(ProjectionReport report, PrintWriter out) {
        ObjectNode root = JsonDocument.create();
        answer(root, report);
        JsonDocument.print(root, out);
    }

    private static void recording(ObjectNode root, Optional<Recording> found) {
        if (found.isEmpty()) {
            root.putNull("recording");
            return;
        }
        Recording recording = found.get();
        Settings settings = recording.settings();
        ObjectNode node = root.putObject("recording");
        node.put("source", recording.source());
        recording.files().forEach(node.putArray("files")::add);
        node.put("engines", recording.iterations().stream().mapToInt(iteration -> iteration.engine()).distinct().count());
        node.put("iterations", recording.iterations().size());
        JsonDocument.put(node, "span_seconds", RecordingSpan.seconds(recording));
        JsonDocument.put(node, "max_num_batched_tokens", settings.maxNumBatchedTokens());
        JsonDocument.put(node, "max_num_seqs", settings.maxNumSeqs());
        JsonDocument.put(node, "kv_capacity_tokens", settings.kvCapacityTokens());
        JsonDocument.put(node, "block_size", settings.blockSize());
        ObjectNode timing = node.putObject("timing");
        timing.put("basis", recording.timing().basis().name().toLowerCase(Locale.ROOT));
        JsonDocument.put(timing, "coverage", recording.timing().coverage());
        ArrayNode warnings = node.putArray("warnings");
        recording.warnings().forEach(warning -> warnings.addObject()
                .put("code", warning.code())
                .put("message", warning.message())
                .put("count", warning.count()));
    }

    private static void model(ObjectNode root, Optional<ModelSummary> found) {
        if (found.isEmpty()) {
            root.putNull("model");
            return;
        }
        ModelSummary model = found.get();
        ObjectNode node = root.putObject("model");
        node.put("level", model.level().name().toLowerCase(Locale.ROOT));
        node.put("identifiable", model.identifiable());
        model.diagnosis().forEach(node.putArray("diagnosis")::add);
        ArrayNode terms = node.putArray("terms");
        for (ModelSummary.Term term : model.terms()) {
            ObjectNode row = terms.addObject();
            row.put("name", term.name());
            JsonDocument.put(row, "value", term.value());
            row.put("unit", term.unit());
            JsonDocument.put(row, "low95", term.low95());
            JsonDocument.put(row, "high95", term.high95());
            row.put("identifiable", term.identifiable());
            effectiveRate(row, term.rate());
        }
        ObjectNode fit = node.putObject("fit");
        fit.put("samples", model.fit().samples());
        fit.put("held_out", model.fit().heldOut());
        JsonDocument.put(fit, "mape_percent", model.fit().mapePercent());
        JsonDocument.put(fit, "held_out_mape_percent", model.fit().heldOutMapePercent());
        JsonDocument.put(fit, "r2", model.fit().r2());
        // Nothing takes results yet that a model could be calibrated with.
        node.putNull("calibration");
    }

    private static void effectiveRate(ObjectNode row, Optional<EffectiveRate> found) {
        if (found.isEmpty()) {
            row.putNull("effective_rate");
            return;
        }
        ObjectNode rate = row.putObject("effective_rate");
        JsonDocument.put(rate, "value", found.get().perSecond());
        rate.put("unit", found.get().unit().label());
        JsonDocument.put(rate, "share_of_peak", found.get().peakShare());
    }

    private static void kernels(ObjectNode root, List<KernelRow> kernels) {
        ArrayNode array = root.putArray("kernels");
        for (KernelRow kernel : kernels) {
            ObjectNode row = array.addObject();
            row.put("name", kernel.name());
            row.put("kind", kernel.kind());
            row.put("calls", kernel.calls());
            JsonDocument.put(row, "share_of_time", kernel.shareOfTime());
            JsonDocument.put(row, "model", kernel.model());
            JsonDocument.put(row, "mape_percent", kernel.mapePercent());
            ObjectNode roofline = row.putObject("roofline");
            JsonDocument.put(roofline, "bound_by", kernel.boundBy());
            JsonDocument.put(roofline, "achieved_fraction_of_peak", kernel.achievedFractionOfPeak());
        }
    }

    private static void answer(ObjectNode root, ProjectionReport report) {
        workload(root, report.workload());
        SweepRows.add(root, report);
        root.put("measured_on", report.provenance().measured().orElse(null));
        evaluation(root, report.evaluation());
        recommendation(root, report);
        report.notes().forEach(root.putArray("notes")::add);
    }

    private static void workload(ObjectNode root, Optional<WorkloadFacts> found) {
        if (found.isEmpty()) {
            root.putNull("workload");
            return;
        }
        WorkloadFacts facts = found.get();
        ObjectNode node = root.putObject("workload");
        node.put("source", facts.source());
        node.put("requests", facts.requests());
        JsonDocument.put(node, "mean_input_tokens", facts.meanInputTokens());
        JsonDocument.put(node, "mean_output_tokens", facts.meanOutputTokens());
        JsonDocument.put(node, "request_rate", facts.requestRate());
        node.put("assumption", facts.assumption().isEmpty() ? null : facts.assumption());
    }

    private static void evaluation(ObjectNode root, Optional<Evaluation> found) {
        if (found.isEmpty()) {
            root.putNull("errors");
            root.putNull("rank_correlation");
            root.putNull("regret_percent");
            root.putNull("null_regret_percent");
            return;
        }
        Evaluation evaluation = found.get();
        ObjectNode errors = root.putObject("errors");
        evaluation.errors().forEach((key, percent) -> JsonDocument.put(errors, key, percent));
        JsonDocument.put(root, "rank_correlation", evaluation.rankCorrelation());
        JsonDocument.put(root, "regret_percent", evaluation.regretPercent());
        ObjectNode policies = root.putObject("null_regret_percent");
        JsonDocument.put(policies, "keep", evaluation.nullRegret().keep());
        JsonDocument.put(policies, "2048", evaluation.nullRegret().fixed2048());
        JsonDocument.put(policies, "smallest", evaluation.nullRegret().smallest());
        JsonDocument.put(policies, "largest", evaluation.nullRegret().largest());
    }

    private static void recommendation(ObjectNode root, ProjectionReport report) {
        Recommendation recommendation = report.recommendation();
        Optional<Setting> setting = recommendation.setting();
        ObjectNode node = root.putObject("recommendation");
        node.put("verdict", recommendation.verdict().label());
        JsonDocument.put(node, "max_num_batched_tokens", recommendation.maxNumBatchedTokens());
        JsonDocument.put(node, "max_num_seqs", setting.map(found -> OptionalInt.of(found.maxNumSeqs())).orElse(OptionalInt.empty()));
        SweepRows.deployment(node, setting.map(_ -> report.deployment()));
        ArrayNode ties = node.putArray("ties");
        recommendation.ties().forEach(tie -> ties.addObject()
                .put("max_num_batched_tokens", tie.maxNumBatchedTokens())
                .put("max_num_seqs", tie.maxNumSeqs()));
        JsonDocument.put(node, "condition", recommendation.condition());
        JsonDocument.put(node, "goal", report.rule().map(rule -> rule.goal().words()));
        JsonDocument.put(node, "rule", report.rule().map(Rule::sentences));
        JsonDocument.put(node, "gain_percent", recommendation.gainPercent());
        JsonDocument.put(node, "gain_low95", recommendation.gain().map(Interval95::low).orElse(Double.NaN));
        JsonDocument.put(node, "gain_high95", recommendation.gain().map(Interval95::high).orElse(Double.NaN));
        ObjectNode price = node.putObject("price");
        recommendation.price().forEach((key, percent) -> JsonDocument.put(price, key, percent));
        recommendation.reasons().forEach(node.putArray("reasons")::add);
        node.put("command", recommendation.command().isEmpty() ? null : recommendation.command());
        JsonDocument.put(node, "next_measurement", recommendation.nextMeasurement());
    }
}
