package dev.iterscope.projection.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.iterscope.projection.model.kernel.Folds;
import dev.iterscope.projection.model.kernel.KernelModel;
import dev.iterscope.projection.report.JsonDocument;
import dev.iterscope.projection.report.ProjectionReport;
import dev.iterscope.projection.report.SupportReport;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

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
        out.println("kernel,rows,fold,fold_rows,median_ape,p90_ape,mape_percent,coverage_percent");
        for (Entry entry : entries) {
            entry.folds().forEach(fold -> csvLine(out, entry.name(), entry.rows(), fold));
        }
        evaluation.ifPresent(e -> e.byKernel().forEach((name, result) -> csvLine(out, name, result.rows(), result)));
    }

    private static void csvLine(PrintWriter out, String name, int rows, Folds.Result fold) {
        out.printf(Locale.ROOT, "%s,%d,%s,%d,%.4f,%.4f,%.4f,%.4f%n", name, rows, fold.fold(), fold.rows(), fold.medianApe(), fold.p90Ape(),
                fold.mapePercent(), 100 * fold.coverage95());
    }

    private void json(PrintWriter out) {
        ObjectNode root = JsonDocument.create();
        JsonDocument.put(root, "device", device);
        ArrayNode kernels = root.putArray("kernels");
        entries.forEach(entry -> kernel(kernels.addObject(), entry));
        root.set("evaluate", evaluation.map(made -> evaluated(made.rows(), made.all())).orElse(null));
        root.set("support", support.map(SupportReport::json).orElse(null));
        JsonDocument.print(root, out);
    }

    private void kernel(ObjectNode row, Entry entry) {
        row.put("kernel", entry.name());
        row.put("rows", entry.rows());
        row.put("model", entry.model());
        row.put("unit", entry.unit());
        ArrayNode folds = row.putArray("folds");
        entry.folds().forEach(fold -> errors(folds.addObject().put("fold", fold.fold()), fold.rows(), Optional.of(fold)));
        Optional<Folds.Result> own = evaluation.flatMap(made -> Optional.ofNullable(made.byKernel().get(entry.name())));
        row.set("evaluate", own.map(result -> evaluated(result.rows(), own)).orElse(null));
    }

    private static ObjectNode evaluated(int rows, Optional<Folds.Result> result) {
        return errors(JsonNodeFactory.instance.objectNode(), result.map(Folds.Result::rows).orElse(rows), result);
    }

    private static ObjectNode errors(ObjectNode row, int rows, Optional<Folds.Result> result) {
        row.put("rows", rows);
        JsonDocument.put(row, "median_ape", percent(result, Folds.Result::medianApe));
        JsonDocument.put(row, "p90_ape", percent(result, Folds.Result::p90Ape));
        JsonDocument.put(row, "mape_percent", percent(result, Folds.Result::mapePercent));
        return JsonDocument.put(row, "coverage_percent", percent(result, fold -> 100 * fold.coverage95()));
    }

    private static double percent(Optional<Folds.Result> result, ToDoubleFunction<Folds.Result> value) {
        return result.map(value::applyAsDouble).orElse(Double.NaN);
    }
}
