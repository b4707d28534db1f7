package dev.iterscope.projection.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.iterscope.projection.metrics.ServingMetrics;
import dev.iterscope.projection.search.Interval95;
import dev.iterscope.projection.search.MeasuredPoint;
import dev.iterscope.projection.search.Setting;
import dev.iterscope.projection.search.SweepPoint;
import dev.iterscope.projection.search.WhatIfEffect;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/// The rows of `sweep` and `measured` in JSON: the same keys, a measured row has `runs` and `spread_percent` too.
final class SweepRows {
    /// Results of a row, as `vllm bench serve` spells them.
    static final List<String> RESULT_KEYS = List.of(
            "request_throughput",
            "output_throughput",
            "total_token_throughput",
            "request_goodput",
            "mean_ttft_ms",
            "p50_ttft_ms",
            "p95_ttft_ms",
            "p99_ttft_ms",
            "mean_tpot_ms",
            "p99_tpot_ms",
            "mean_itl_ms",
            "p99_itl_ms",
            "mean_e2el_ms",
            "p95_e2el_ms",
            "p99_e2el_ms",
            "preemptions",
            "peak_kv_usage");

    private static final String MAX_REQUEST_RATE = "max_request_rate";

    private final ProjectionReport report;

    private SweepRows(ProjectionReport report) {
        this.report = report;
    }

    /// Adds both arrays.
    static void add(ObjectNode root, ProjectionReport report) {
        SweepRows rows = new SweepRows(report);
        ArrayNode sweep = root.putArray("sweep");
        report.sweep().forEach(point -> rows.predicted(sweep.addObject(), point));
        ArrayNode measured = root.putArray("measured");
        report.measured().forEach(point -> rows.measured(measured.addObject(), point));
    }

    /// The keys that say how the engines run: policy, budget and layout; all null where there is no deployment.
    static void deployment(ObjectNode row, Optional<Deployment> found) {
        JsonDocument.put(row, "scheduling_policy", found.map(Deployment::schedulingPolicy));
        JsonDocument.put(row, "token_budget", found.map(Deployment::tokenBudget));
        if (found.isEmpty()) {
            row.putNull("layout");
            return;
        }
        Deployment deployment = found.get();
        ObjectNode layout = row.putObject("layout");
        JsonDocument.put(layout, "tensor_parallel_size", deployment.tensorParallel());
        layout.put("data_parallel_size", deployment.dataParallel());
        layout.put("expert_parallel", deployment.expertParallel().orElse(null));
        JsonDocument.put(layout, "pipeline_parallel_size", deployment.pipelineParallel());
    }

    private void predicted(ObjectNode row, SweepPoint point) {
        setting(row, point.setting(), point.kvCapacityTokens());
        row.put("support", point.support().label());
        results(row, point.metrics().values(), point.maxRequestRate());
        row.put("slo_met", point.sloMet().orElse(null));
        JsonDocument.put(row, "p_slo_met", point.probabilityMet());
        intervals(row, point);
        SupportReport.nextMeasurement(row, point, report);
        whatIf(row, point.effect());
    }

    private void measured(ObjectNode row, MeasuredPoint point) {
        setting(row, point.setting(), point.kvCapacityTokens());
        row.putNull("support");
        results(row, point.values(), OptionalDouble.empty());
        row.put("slo_met", report.slo().isEmpty() ? null : Boolean.valueOf(report.slo().isMet(point.values())));
        row.putNull("p_slo_met");
        row.putObject("intervals");
        row.putNull("next_measurement");
        row.putNull("what_if");
        row.put("runs", point.runs());
        JsonDocument.put(row, "spread_percent", point.spreadPercent());
    }

    private void setting(ObjectNode row, Setting setting, OptionalLong kvCapacityTokens) {
        row.put("max_num_batched_tokens", setting.maxNumBatchedTokens());
        row.put("max_num_seqs", setting.maxNumSeqs());
        deployment(row, Optional.of(report.deployment()));
        JsonDocument.put(row, "kv_capacity_tokens", kvCapacityTokens);
    }

    private static void results(ObjectNode row, Map<String, Double> values, OptionalDouble maxRequestRate) {
        for (String key : RESULT_KEYS) {
            value(row, key, values.getOrDefault(key, Double.NaN));
            if (key.equals("request_goodput")) {
                JsonDocument.put(row, MAX_REQUEST_RATE, maxRequestRate);
            }
        }
    }

    /// The median of several runs may lie between two counts.
    private static void value(ObjectNode row, String key, double value) {
        if (ServingMetrics.isCount(key) && value == Math.rint(value)) {
            row.put(key, (long) value);
        } else {
            JsonDocument.put(row, key, value);
        }
    }

    /// The 95 % interval of each result that was drawn; none without draws.
    private static void intervals(ObjectNode row, SweepPoint point) {
        ObjectNode intervals = row.putObject("intervals");
        for (String key : RESULT_KEYS) {
            interval(intervals, key, point.interval(key));
        }
        interval(intervals, MAX_REQUEST_RATE, point.rateInterval());
    }

    private static void interval(ObjectNode intervals, String key, Optional<Interval95> found) {
        found.filter(interval -> Double.isFinite(interval.low()) && Double.isFinite(interval.high()))
                .ifPresent(interval -> intervals.putArray(key)
                        .add(Figures.significant(interval.low()))
                        .add(Figures.significant(interval.high())));
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
                JsonDocument.put(value, "percent", change.percent());
                JsonDocument.put(value, "low95", change.interval().map(Interval95::low).orElse(Double.NaN));
                JsonDocument.put(value, "high95", change.interval().map(Interval95::high).orElse(Double.NaN));
            }
        }
    }
}
