package dev.iterscope.projection.model.kernel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/// Rows that a model predicts without having seen them, to tell how far it can be trusted where nothing was measured.
///
/// - `interior`: one point out along the curve axis (GEMM m, ISL, KV length, tokens), both neighbours on its curve kept.
/// - `shape`: a whole (n, k), or a whole (heads, KV heads, head dim), out.
/// - `sequence`: one ISL out everywhere.
/// - `frontier`: GEMM n > 8192, KV length > 32768, ISL > 8192 out.
public final class Folds {
    private static final int MOST_ROWS = 4000;
    private static final int MOST_SEQUENCES = 20;

    private Folds() {}

    /// A fold's name and its errors; percentages are 0..100.
    ///
    /// @param fold        `interior`, `shape`, `sequence` or `frontier`
    /// @param rows        rows predicted
    /// @param medianApe   median of the absolute percentage errors
    /// @param p90Ape      their 90th percentile
    /// @param mapePercent their mean
    /// @param coverage95  share of the rows inside of their 95 % interval, 0..1
    public record Result(String fold, int rows, double medianApe, double p90Ape, double mapePercent, double coverage95) {}

    /// Evaluates every fold that the kernel has. Of a fold with many rows a fixed sample is predicted.
    public static List<Result> evaluate(KernelModel model) {
        KernelTable table = model.table();
        List<Result> results = new ArrayList<>();
        add(results, "interior", model, sample(interiorRows(table), MOST_ROWS), row -> values -> Arrays.equals(values, row));
        switch (table.kernel()) {
            case GEMM -> {
                add(results, "shape", model, sample(rows(table), MOST_ROWS), row -> values -> values[1] == row[1] && values[2] == row[2]);
                addFrontier(results, model, 1, 8192);
            }
            case CONTEXT_ATTENTION, GENERATION_ATTENTION -> {
                add(results, "shape", model, sample(rows(table), MOST_ROWS),
                        row -> values -> values[2] == row[2] && values[3] == row[3] && values[4] == row[4]);
                if (table.kernel() == Kernel.CONTEXT_ATTENTION) {
                    addSequences(results, model);
                }
                addFrontier(results, model, 0, table.kernel() == Kernel.CONTEXT_ATTENTION ? 8192 : 32768);
            }
            default -> {
                // No other fold is defined for the rest.
            }
        }
        return List.copyOf(results);
    }

    /// Rows excluded when a row is predicted.
    private interface Exclusion {
        KernelTable.RowFilter around(int[] row);
    }

    private static void add(List<Result> results, String fold, KernelModel model, List<int[]> rows, Exclusion exclusion) {
        if (rows.isEmpty()) {
            return;
        }
        results.add(errors(rows, row -> model.predict(row, exclusion.around(row)), model.table()).result(fold));
    }

    /// Rows are predicted in parallel; the errors are added in their order.
    private static Errors errors(List<int[]> rows, Function<int[], KernelModel.Prediction> model, KernelTable truth) {
        List<KernelModel.Prediction> predictions = rows.parallelStream().map(model).toList();
        RowIndex index = new RowIndex(truth);
        Errors errors = new Errors();
        for (int i = 0; i < rows.size(); i++) {
            errors.add(predictions.get(i), truth.time(index.find(rows.get(i))));
        }
        return errors;
    }

    /// Everything beyond `limit` on an axis is predicted by a model that never saw it, not even its rates.
    private static void addFrontier(List<Result> results, KernelModel model, int axis, int limit) {
        KernelTable table = model.table();
        List<int[]> beyond = rows(table.where(values -> values[axis] > limit));
        KernelTable inside = table.where(values -> values[axis] <= limit);
        if (!beyond.isEmpty() && inside.size() > 0) {
            results.add(apart(model, inside, sample(beyond, MOST_ROWS)).result("frontier"));
        }
    }

    private static void addSequences(List<Result> results, KernelModel model) {
        KernelTable table = model.table();
        TreeSet<Integer> lengths = new TreeSet<>();
        rows(table).forEach(row -> lengths.add(row[0]));
        if (lengths.size() < 3) {
            return;
        }
        Errors errors = new Errors();
        List<Integer> inner = new ArrayList<>(lengths).subList(1, lengths.size() - 1);
        for (int length : inner.subList(0, Math.min(inner.size(), MOST_SEQUENCES))) {
            List<int[]> out = rows(table.where(values -> values[0] == length));
            errors.addAll(apart(model, table.where(values -> values[0] != length), sample(out, MOST_ROWS / inner.size())));
        }
        results.add(errors.result("sequence"));
    }

    /// A model of the kept rows alone; only the ranges and the width of intervals come from all.
    private static Errors apart(KernelModel whole, KernelTable kept, List<int[]> rows) {
        KernelModel model = whole.refit(kept);
        return errors(rows, model::predict, whole.table());
    }

    static List<int[]> rows(KernelTable table) {
        List<int[]> rows = new ArrayList<>(table.size());
        for (int i = 0; i < table.size(); i++) {
            rows.add(table.values(i));
        }
        return rows;
    }

    /// Rows with both neighbours on their curve.
    static List<int[]> interiorRows(KernelTable table) {
        Map<Integer, Set<Long>> byValue = new HashMap<>();
        TreeSet<Integer> curve = new TreeSet<>();
        for (int i = 0; i < table.size(); i++) {
            int[] values = table.values(i);
            curve.add(values[0]);
            byValue.computeIfAbsent(values[0], v -> new HashSet<>()).add(rest(values));
        }
        List<int[]> interior = new ArrayList<>();
        for (int i = 0; i < table.size(); i++) {
            int[] values = table.values(i);
            Integer below = curve.lower(values[0]);
            Integer above = curve.higher(values[0]);
            boolean fromZero = table.kernel().axes().getFirst().kind() == Axis.Kind.ORDERED_FROM_ZERO;
            if (below == null || above == null || (fromZero && (below == 0 || values[0] == 0))) {
                continue;
            }
            long rest = rest(values);
            if (byValue.getOrDefault(below, Set.of()).contains(rest) && byValue.getOrDefault(above, Set.of()).contains(rest)) {
                interior.add(values);
            }
        }
        return interior;
    }

    private static long rest(int[] values) {
        int[] copy = values.clone();
        copy[0] = 0;
        return KernelKey.hash(copy);
    }

    /// At most `most` rows, chosen by a hash of their sizes so that the choice does not follow the order of the file.
    static List<int[]> sample(List<int[]> rows, int most) {
        if (rows.size() <= most) {
            return rows;
        }
        long threshold = (long) ((double) most / rows.size() * (1L << 30));
        return rows.stream().filter(row -> (KernelKey.hash(row) & ((1L << 30) - 1)) < threshold).toList();
    }
}
