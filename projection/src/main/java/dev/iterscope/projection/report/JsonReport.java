package dev.iterscope.projection.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.iterscope.projection.model.ModelSummary;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.Settings;
import dev.iterscope.projection.search.Evaluation;
import dev.iterscope.projection.search.Interval95;
import dev.iterscope.projection.search.MeasuredPoint;
import dev.iterscope.projection.search.Recommendation;
import dev.iterscope.projection.search.Rule;
import dev.iterscope.projection.search.SweepPoint;
import dev.iterscope.projection.search.WhatIfEffect;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/// The report as JSON, schema version 1. All keys are always there, null where a value is unknown.
public final class JsonReport {
    /// Version of the schema; raised when a key changes its meaning or goes away.
    public static final int SCHEMA_VERSION = 1;

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final List<String> POINT_KEYS = List.of(
            "request_throughput",
            "output_throughput",
            "total_token_throughput",
            "request_goodput",
            "output_throughput_low95",
            "output_throughput_high95",
            "max_request_rate",
            "mean_ttft_ms",
            "p50_ttft_ms",
            "p99_ttft_ms",
            "mean_tpot_ms",
            "p99_tpot_ms",
            "mean_itl_ms",
            "p99_itl_ms",
            "mean_e2el_ms",
            "p99_e2el_ms",
            "preemptions",
            "peak_kv_usage");
    private static final Set<String> COUNTS = Set.of("preemptions");

    private JsonReport() {}

    /// Writes the report of `project`: every section.
    public static void writeProject(ProjectionReport report, PrintWriter out) {
        ObjectNode root = root();
        recording(root, report.recording());
        model(root, report.model());
        kernels(root, report.kernels());
        answer(root, report);
        print(root, out);
    }

    /// Writes the report of `sweep`: without recording, model and kernels.
    public static void writeSweep(ProjectionReport report, PrintWriter out) {
        ObjectNode root = root();
        answer(root, report);
        print(root, out);
    }

    private static ObjectNode root() {
        return MAPPER.createObjectNode().put("schemaVersion", SCHEMA_VERSION);
    }

    private static void print(ObjectNode root, PrintWriter out) {
        out.println(root.toPrettyString());
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
        put(node, "spanSeconds", RecordingSpan.seconds(recording));
        putLong(node, "maxNumBatchedTokens", widen(settings.maxNumBatchedTokens()));
        putLong(node, "maxNumSeqs", widen(settings.maxNumSeqs()));
        putLong(node, "kvCapacityTokens", settings.kvCapacityTokens());
        putLong(node, "blockSize", widen(settings.blockSize()));
        ObjectNode timing = node.putObject("timing");
        timing.put("basis", recording.timing().basis().name().toLowerCase(Locale.ROOT));
        put(timing, "coverage", recording.timing().coverage());
        ArrayNode warnings = node.putArray("warnings");
        recording.warnings().forEach(warning -> warnings.addObject()
                .put("code", warning.code())
                .put("message", warning.message())
                .put("count", warning.count()));
    }

    private static OptionalLong widen(OptionalInt value) {
        return value.isPresent() ? OptionalLong.of(value.getAsInt()) : OptionalLong.empty();
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
            put(row, "value", term.value());
            row.put("unit", term.unit());
            put(row, "low95", term.low95());
            put(row, "high95", term.high95());
            row.put("identifiable", term.identifiable());
            term.rate().ifPresent(rate -> {
                ObjectNode effective = row.putObject("effective_rate");
                effective.put("value", rate.perSecond());
                effective.put("unit", rate.unit().label());
                put(effective, "share_of_peak", rate.peakShare());
            });
        }
        ObjectNode fit = node.putObject("fit");
        fit.put("samples", model.fit().samples());
        fit.put("heldOut", model.fit().heldOut());
        put(fit, "mapePercent", model.fit().mapePercent());
        put(fit, "heldOutMapePercent", model.fit().heldOutMapePercent());
        put(fit, "r2", model.fit().r2());
    }

    private static void kernels(ObjectNode root, List<KernelRow> kernels) {
        ArrayNode array = root.putArray("kernels");
        for (KernelRow kernel : kernels) {
            ObjectNode row = array.addObject();
            row.put("name", kernel.name());
            row.put("kind", kernel.kind());
            row.put("calls", kernel.calls());
            put(row, "shareOfTime", kernel.shareOfTime());
            row.put("model", kernel.model().orElse(null));
            put(row, "mapePercent", kernel.mapePercent());
            ObjectNode roofline = row.putObject("roofline");
            roofline.put("boundBy", kernel.boundBy().orElse(null));
            put(roofline, "achievedFractionOfPeak", kernel.achievedFractionOfPeak());
        }
    }

    private static void answer(ObjectNode root, ProjectionReport report) {
        workload(root, report.workload());
        ArrayNode sweep = root.putArray("sweep");
        report.sweep().forEach(point -> point(sweep.addObject(), point, report));
        ArrayNode measured = root.putArray("measured");
        report.measured().forEach(point -> measured(measured.addObject(), point, report));
        evaluation(root, report.evaluation());
        recommendation(root, report);
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
        put(node, "meanInputTokens", facts.meanInputTokens());
        put(node, "meanOutputTokens", facts.meanOutputTokens());
        put(node, "requestRate", facts.requestRate());
        node.put("assumption", facts.assumption().isEmpty() ? null : facts.assumption());
    }

    private static void point(ObjectNode row, SweepPoint point, ProjectionReport report) {
        row.put("max_num_batched_tokens", point.maxNumBatchedTokens());
        if (report.variesSequences()) {
            row.put("max_num_seqs", point.setting().maxNumSeqs());
        }
        putLong(row, "kv_capacity_tokens", point.kvCapacityTokens());
        row.put("support", point.support().label());
        Map<String, Double> values = point.metrics().values();
        Optional<Interval95> interval = point.interval("output_throughput");
        for (String key : POINT_KEYS) {
            switch (key) {
                case "output_throughput_low95" -> put(row, key, interval.map(Interval95::low).orElse(Double.NaN));
                case "output_throughput_high95" -> put(row, key, interval.map(Interval95::high).orElse(Double.NaN));
                case "max_request_rate" -> put(row, key, point.maxRequestRate());
                default -> value(row, key, values);
            }
        }
        row.put("slo_met", point.sloMet().orElse(null));
        put(row, "p_slo_met", point.probabilityMet());
        SupportReport.nextMeasurement(row, point.next(), report.recording());
        whatIf(row, point.effect());
    }

    private static void whatIf(ObjectNode row, Optional<WhatIfEffect> found) {
        if (found.isEmpty()) {
            row.putNull("what_if");
            return;
        }
        ObjectNode node = row.putObject("what_if");
        for (String key : WhatIfEffect.KEYS) {
            WhatIfEffect.Change change = found.get().changes().get(key);
            if (change == null) {
                node.putNull(key);
            } else {
                ObjectNode value = node.putObject(key);
                put(value, "percent", change.percent());
                put(value, "low95", change.interval().map(Interval95::low).orElse(Double.NaN));
                put(value, "high95", change.interval().map(Interval95::high).orElse(Double.NaN));
            }
        }
    }

    private static void measured(ObjectNode row, MeasuredPoint point, ProjectionReport report) {
        row.put("max_num_batched_tokens", point.setting().maxNumBatchedTokens());
        if (report.variesSequences()) {
            row.put("max_num_seqs", point.setting().maxNumSeqs());
        }
        putLong(row, "kv_capacity_tokens", point.kvCapacityTokens());
        row.putNull("support");
        POINT_KEYS.forEach(key -> value(row, key, point.values()));
        row.put("slo_met", report.slo().isEmpty() ? null : Boolean.valueOf(report.slo().isMet(point.values())));
        row.putNull("p_slo_met");
        row.putNull("next_measurement");
        row.putNull("what_if");
        row.put("runs", point.runs());
        put(row, "spread_percent", point.spreadPercent());
    }

    private static void value(ObjectNode row, String key, Map<String, Double> values) {
        double value = values.getOrDefault(key, Double.NaN);
        if (COUNTS.contains(key) && value == Math.rint(value)) {
            row.put(key, (long) value);
        } else {
            put(row, key, value);
        }
    }

    private static void evaluation(ObjectNode root, Optional<Evaluation> found) {
        if (found.isEmpty()) {
            root.putNull("errors");
            root.putNull("rankCorrelation");
            root.putNull("regretPercent");
            root.putNull("nullRegretPercent");
            return;
        }
        Evaluation evaluation = found.get();
        ObjectNode errors = root.putObject("errors");
        evaluation.errors().forEach((key, percent) -> put(errors, key, percent));
        put(root, "rankCorrelation", evaluation.rankCorrelation());
        put(root, "regretPercent", evaluation.regretPercent());
        ObjectNode policies = root.putObject("nullRegretPercent");
        put(policies, "keep", evaluation.nullRegret().keep());
        put(policies, "2048", evaluation.nullRegret().fixed2048());
        put(policies, "smallest", evaluation.nullRegret().smallest());
        put(policies, "largest", evaluation.nullRegret().largest());
    }

    private static void recommendation(ObjectNode root, ProjectionReport report) {
        Recommendation recommendation = report.recommendation();
        ObjectNode node = root.putObject("recommendation");
        node.put("verdict", recommendation.verdict().label());
        putLong(node, "max_num_batched_tokens", widen(recommendation.maxNumBatchedTokens()));
        ArrayNode ties = node.putArray("ties");
        recommendation.ties().forEach(setting -> ties.addObject()
                .put("max_num_batched_tokens", setting.maxNumBatchedTokens())
                .put("max_num_seqs", setting.maxNumSeqs()));
        node.put("condition", recommendation.condition().orElse(null));
        node.put("goal", report.rule().map(rule -> rule.goal().words()).orElse(null));
        node.put("rule", report.rule().map(Rule::sentences).orElse(null));
        put(node, "gainPercent", recommendation.gainPercent());
        put(node, "gainLow95", recommendation.gain().map(Interval95::low).orElse(Double.NaN));
        put(node, "gainHigh95", recommendation.gain().map(Interval95::high).orElse(Double.NaN));
        ObjectNode price = node.putObject("price");
        recommendation.price().forEach((key, percent) -> put(price, key, percent));
        recommendation.reasons().forEach(node.putArray("reasons")::add);
        node.put("command", recommendation.command().isEmpty() ? null : recommendation.command());
        node.put("nextMeasurement", recommendation.nextMeasurement().orElse(null));
    }

    private static void put(ObjectNode node, String key, OptionalDouble value) {
        put(node, key, value.orElse(Double.NaN));
    }

    /// A number with six significant digits, or null where it is not finite.
    private static void put(ObjectNode node, String key, double value) {
        if (Double.isFinite(value)) {
            node.put(key, Figures.significant(value));
        } else {
            node.putNull(key);
        }
    }

    private static void putLong(ObjectNode node, String key, OptionalLong value) {
        if (value.isPresent()) {
            node.put(key, value.getAsLong());
        } else {
            node.putNull(key);
        }
    }
}
