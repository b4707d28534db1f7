package dev.iterscope.projection.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.iterscope.projection.model.kernel.Folds;
import dev.iterscope.projection.model.kernel.KernelModel;
import dev.iterscope.projection.report.ProjectionReport;
import dev.iterscope.projection.report.SupportReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// What `fit` reports. Errors are percentages.
///
/// @param entries    one for each kernel
/// @param evaluation errors on other rows, where some were named
/// @param device     the device measured
/// @param support    what recorded steps tell of the recorded service, and what to measure for the rest
record FitReport(List<Entry> entries, Optional<Evaluation> evaluation, Optional<String> device, Optional<ProjectionReport> support) {

    /// A fitted kernel, or the steps of a recording.
    ///
    /// @param name  the kernel's name, or `step`
    /// @param model the model in words
    /// @param unit  unit of its times
    /// @param rows  rows it was fitted to
    /// @param folds errors on rows left out
    record Entry(String name, String model, String unit, int rows, List<Folds.Result> folds) {
        static Entry of(KernelModel model, int rows, List<Folds.Result> folds) {
            return new Entry(model.table().name(), model.describe(), model.table().unit().label(), rows, folds);
        }
    }

    /// Errors on rows of another profile.
    ///
    /// @param rows     rows predicted
    /// @param all      errors over all kernels; empty where no row has a time
    /// @param byKernel errors of each kernel
    record Evaluation(int rows, Optional<Folds.Result> all, Map<String, Folds.Result> byKernel) {}

    void write(OutputOptions.Format format, PrintWriter out, int columns, boolean colour) {
        switch (format) {
            case JSON -> json(out);
            case CSV -> csv(out);
            case TEXT, HTML -> text(out, columns, colour);
        }
    }

    private void text(PrintWriter out, int columns, boolean colour) {
        device.ifPresent(name -> out.println("Kernel models of " + name));
        out.printf(Locale.ROOT, "%-22s %8s  %-10s %8s %9s %9s %9s%n", "kernel", "rows", "fold", "rows", "median %", "p90 %", "in 95 %");
        for (Entry entry : entries) {
            String name = entry.name();
            if (entry.folds().isEmpty()) {
                out.printf(Locale.ROOT, "%-22s %8d%n", name, entry.rows());
            }
            for (Folds.Result fold : entry.folds()) {
                line(out, name, entry.rows(), fold);
            }
        }
        evaluation.ifPresent(e -> {
            out.println();
            out.println("Other rows, which the models had not seen: " + e.rows());
            e.byKernel().forEach((name, result) -> line(out, name, result.rows(), result));
            e.all().ifPresent(result -> line(out, "all", result.rows(), result));
        });
        support.ifPresent(known -> {
            out.println();
            SupportReport.writeText(known, out, columns, colour);
        });
    }

    private static void line(PrintWriter out, String name, int rows, Folds.Result fold) {
        out.printf(Locale.ROOT, "%-22s %8d  %-10s %8d %9.2f %9.2f %9.1f%n", name, rows, fold.fold(), fold.rows(), fold.medianApe(),
                fold.p90Ape(), 100 * fold.coverage95());
    }

    private void csv(PrintWriter out) {
        out.println("kernel,rows,fold,fold_rows,median_ape,p90_ape,mape_percent,coverage95");
        for (Entry entry : entries) {
            entry.folds().forEach(fold -> csvLine(out, entry.name(), entry.rows(), fold));
        }
        evaluation.ifPresent(e -> e.byKernel().forEach((name, result) -> csvLine(out, name, result.rows(), result)));
    }

    private static void csvLine(PrintWriter out, String name, int rows, Folds.Result fold) {
        out.printf(Locale.ROOT, "%s,%d,%s,%d,%.4f,%.4f,%.4f,%.4f%n", name, rows, fold.fold(), fold.rows(), fold.medianApe(), fold.p90Ape(),
                fold.mapePercent(), fold.coverage95());
    }

    private void json(PrintWriter out) {
        try {
            JsonGenerator json = new JsonFactory().createGenerator(out);
            json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
            json.setPrettyPrinter(new DefaultPrettyPrinter());
            json.writeStartObject();
            json.writeNumberField("schemaVersion", 1);
            json.writeStringField("device", device.orElse(null));
            json.writeArrayFieldStart("kernels");
            for (Entry entry : entries) {
                kernel(json, entry);
            }
            json.writeEndArray();
            json.writeFieldName("evaluate");
            if (evaluation.isPresent()) {
                evaluated(json, evaluation.get().rows(), evaluation.get().all());
            } else {
                json.writeNull();
            }
            json.writeFieldName("support");
            if (support.isPresent()) {
                json.setCodec(new ObjectMapper());
                json.writeTree(SupportReport.json(support.get()));
            } else {
                json.writeNull();
            }
            json.writeEndObject();
            json.close();
            out.println();
        } catch (IOException fault) {
            throw new UncheckedIOException(fault);
        }
    }

    private void kernel(JsonGenerator json, Entry entry) throws IOException {
        json.writeStartObject();
        json.writeStringField("kernel", entry.name());
        json.writeNumberField("rows", entry.rows());
        json.writeStringField("model", entry.model());
        json.writeStringField("unit", entry.unit());
        json.writeArrayFieldStart("folds");
        for (Folds.Result fold : entry.folds()) {
            json.writeStartObject();
            json.writeStringField("fold", fold.fold());
            errors(json, fold);
            json.writeEndObject();
        }
        json.writeEndArray();
        Optional<Folds.Result> own = evaluation.map(Evaluation::byKernel).map(m -> m.get(entry.name()));
        json.writeFieldName("evaluate");
        if (own.isPresent()) {
            evaluated(json, own.get().rows(), own);
        } else {
            json.writeNull();
        }
        json.writeEndObject();
    }

    private static void evaluated(JsonGenerator json, int rows, Optional<Folds.Result> result) throws IOException {
        json.writeStartObject();
        if (result.isPresent()) {
            errors(json, result.get());
        } else {
            json.writeNumberField("rows", rows);
            for (String key : List.of("medianApe", "p90Ape", "mapePercent", "coverage95")) {
                json.writeNullField(key);
            }
        }
        json.writeEndObject();
    }

    private static void errors(JsonGenerator json, Folds.Result fold) throws IOException {
        json.writeNumberField("rows", fold.rows());
        for (Map.Entry<String, Double> error : List.of(
                Map.entry("medianApe", fold.medianApe()), Map.entry("p90Ape", fold.p90Ape()), Map.entry("mapePercent", fold.mapePercent()),
                Map.entry("coverage95", fold.coverage95()))) {
            json.writeNumberField(error.getKey(), Math.round(error.getValue() * 1e4) / 1e4);
        }
    }
}
