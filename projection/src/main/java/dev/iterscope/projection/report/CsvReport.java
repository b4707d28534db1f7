package dev.iterscope.projection.report;

import de.siegmar.fastcsv.writer.CsvWriter;
import dev.iterscope.projection.search.Interval95;
import dev.iterscope.projection.search.MeasuredPoint;
import dev.iterscope.projection.search.SweepPoint;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The sweep as one table: predicted rows, then measured ones. Unknown values are empty cells.
public final class CsvReport {
    private static final List<String> RESULT_KEYS = List.of(
            "request_throughput",
            "output_throughput",
            "total_token_throughput",
            "request_goodput",
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

    private CsvReport() {}

    /// Writes the table.
    public static void write(ProjectionReport report, PrintWriter out) {
        CsvWriter csv = CsvWriter.builder().build(out);
        List<String> header = new ArrayList<>(List.of(
                "kind",
                "max_num_batched_tokens",
                "max_num_seqs",
                "kv_capacity_tokens",
                "support",
                "output_throughput_low95",
                "output_throughput_high95",
                "max_request_rate",
                "slo_met",
                "p_slo_met",
                "runs",
                "spread_percent"));
        header.addAll(RESULT_KEYS);
        csv.writeRecord(header);
        report.sweep().forEach(point -> csv.writeRecord(predicted(point)));
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

    private static List<String> predicted(SweepPoint point) {
        List<String> row = new ArrayList<>();
        row.add("predicted");
        row.add(String.valueOf(point.maxNumBatchedTokens()));
        row.add(String.valueOf(point.setting().maxNumSeqs()));
        row.add(point.kvCapacityTokens().isPresent() ? String.valueOf(point.kvCapacityTokens().getAsLong()) : "");
        row.add(point.support().label());
        row.add(number(point.interval("output_throughput").map(Interval95::low).orElse(Double.NaN)));
        row.add(number(point.interval("output_throughput").map(Interval95::high).orElse(Double.NaN)));
        row.add(number(point.maxRequestRate().orElse(Double.NaN)));
        row.add(point.sloMet().map(String::valueOf).orElse(""));
        row.add(number(point.probabilityMet().orElse(Double.NaN)));
        row.add("");
        row.add("");
        results(row, point.metrics().values());
        return row;
    }

    private static List<String> measured(ProjectionReport report, MeasuredPoint point) {
        List<String> row = new ArrayList<>();
        row.add("measured");
        row.add(String.valueOf(point.setting().maxNumBatchedTokens()));
        row.add(String.valueOf(point.setting().maxNumSeqs()));
        row.add(point.kvCapacityTokens().isPresent() ? String.valueOf(point.kvCapacityTokens().getAsLong()) : "");
        row.addAll(List.of("", "", "", ""));
        row.add(report.slo().isEmpty() ? "" : String.valueOf(report.slo().isMet(point.values())));
        row.add("");
        row.add(String.valueOf(point.runs()));
        row.add(number(point.spreadPercent()));
        results(row, point.values());
        return row;
    }

    private static void results(List<String> row, Map<String, Double> values) {
        RESULT_KEYS.forEach(key -> row.add(number(values.getOrDefault(key, Double.NaN))));
    }

    private static String number(double value) {
        return Double.isFinite(value) ? String.valueOf(Figures.significant(value)) : "";
    }
}
