package dev.iterscope.projection.report;

import de.siegmar.fastcsv.writer.CsvWriter;
import dev.iterscope.projection.search.Interval95;
import dev.iterscope.projection.search.MeasuredPoint;
import dev.iterscope.projection.search.Setting;
import dev.iterscope.projection.search.SweepPoint;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;

/// The sweep as one table: predicted rows, then measured ones. Unknown values are empty cells.
public final class CsvReport {
    private static final List<String> SETTING_COLUMNS = List.of(
            "max_num_batched_tokens",
            "max_num_seqs",
            "scheduling_policy",
            "token_budget",
            "tensor_parallel_size",
            "data_parallel_size",
            "expert_parallel",
            "pipeline_parallel_size",
            "kv_capacity_tokens");

    private CsvReport() {}

    /// Writes the table.
    public static void write(ProjectionReport report, PrintWriter out) {
        CsvWriter csv = CsvWriter.builder().build(out);
        List<String> header = new ArrayList<>(List.of("kind"));
        header.addAll(SETTING_COLUMNS);
        header.addAll(List.of(
                "support",
                "output_throughput_low95",
                "output_throughput_high95",
                "max_request_rate",
                "slo_met",
                "p_slo_met",
                "runs",
                "spread_percent"));
        header.addAll(SweepRows.RESULT_KEYS);
        header.add("measured_on");
        csv.writeRecord(header);
        report.sweep().forEach(point -> csv.writeRecord(predicted(report, point)));
        report.measured().forEach(point -> csv.writeRecord(measured(report, point)));
        flush(csv);
    }

    private static void flush(CsvWriter csv) {
        try {
            csv.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> predicted(ProjectionReport report, SweepPoint point) {
        List<String> row = new ArrayList<>();
        row.add("predicted");
        setting(row, report.deployment(), point.setting(), point.kvCapacityTokens());
        row.add(point.support().label());
        row.add(number(point.interval("output_throughput").map(Interval95::low).orElse(Double.NaN)));
        row.add(number(point.interval("output_throughput").map(Interval95::high).orElse(Double.NaN)));
        row.add(number(point.maxRequestRate().orElse(Double.NaN)));
        row.add(point.sloMet().map(String::valueOf).orElse(""));
        row.add(number(point.probabilityMet().orElse(Double.NaN)));
        row.add("");
        row.add("");
        results(row, point.metrics().values());
        row.add("");
        return row;
    }

    private static List<String> measured(ProjectionReport report, MeasuredPoint point) {
        List<String> row = new ArrayList<>();
        row.add("measured");
        setting(row, report.deployment(), point.setting(), point.kvCapacityTokens());
        row.addAll(List.of("", "", "", ""));
        row.add(report.slo().isEmpty() ? "" : String.valueOf(report.slo().isMet(point.values())));
        row.add("");
        row.add(String.valueOf(point.runs()));
        row.add(number(point.spreadPercent()));
        results(row, point.values());
        row.add(report.provenance().measured().orElse(""));
        return row;
    }

    private static void setting(List<String> row, Deployment deployment, Setting setting, OptionalLong kvCapacityTokens) {
        row.add(String.valueOf(setting.maxNumBatchedTokens()));
        row.add(String.valueOf(setting.maxNumSeqs()));
        row.add(deployment.schedulingPolicy());
        row.add(deployment.tokenBudget());
        row.add(number(deployment.tensorParallel()));
        row.add(String.valueOf(deployment.dataParallel()));
        row.add(deployment.expertParallel().map(String::valueOf).orElse(""));
        row.add(number(deployment.pipelineParallel()));
        row.add(kvCapacityTokens.isPresent() ? String.valueOf(kvCapacityTokens.getAsLong()) : "");
    }

    private static String number(OptionalInt value) {
        return value.isPresent() ? String.valueOf(value.getAsInt()) : "";
    }

    private static void results(List<String> row, Map<String, Double> values) {
        SweepRows.RESULT_KEYS.forEach(key -> row.add(number(values.getOrDefault(key, Double.NaN))));
    }

    private static String number(double value) {
        return Double.isFinite(value) ? String.valueOf(Figures.significant(value)) : "";
    }
}
