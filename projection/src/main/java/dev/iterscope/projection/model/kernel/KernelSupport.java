package dev.iterscope.projection.model.kernel;

import dev.iterscope.engine.schedule.StepCounts;
import dev.iterscope.projection.model.FittedStepModel.Support;
import dev.iterscope.projection.model.MissingData;
import dev.iterscope.projection.model.MissingData.Kernels.Rows;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// How far kernel tables determine predicted steps, part by part, and which measurements would determine the rest.
final class KernelSupport {
    /// Share of the time that may lie in kernels of sizes that were not measured.
    private static final double TOLERATED_SHARE = 0.05;
    /// Parts below this share of the time are not asked for.
    private static final double NEGLIGIBLE = 0.005;
    private static final int MOST_NAMED = 3;

    private final CompiledStep step;
    private final KernelStepTimes times;

    KernelSupport(CompiledStep step, KernelStepTimes times) {
        this.step = step;
        this.times = times;
    }

    /// Time in kernels of sizes that were not measured, by table.
    ///
    /// @param total  device time of all steps, nanoseconds
    /// @param guess  time in kernels of variants of which nothing was measured
    /// @param tables by table: what lies beyond it
    private record Unseen(double total, double guess, Map<String, Beyond> tables) {
        double share() {
            return tables.values().stream().mapToDouble(Beyond::nanos).sum() / Math.max(1, total);
        }
    }

    /// Kernels of one table beyond what was measured.
    ///
    /// @param nanos   their time
    /// @param reaches where they lie
    private record Beyond(double nanos, List<TableReach> reaches) {
        Beyond with(double more, TableReach reach) {
            List<TableReach> all = new ArrayList<>(reaches);
            all.add(reach);
            return new Beyond(nanos + more, all);
        }
    }

    /// What the prediction of a run rests on.
    Support of(Collection<StepCounts> visited) {
        return of(unseen(visited));
    }

    private static Support of(Unseen unseen) {
        if (unseen.guess() > TOLERATED_SHARE * unseen.total()) {
            return Support.BOUNDED;
        }
        return unseen.share() > TOLERATED_SHARE ? Support.EXTRAPOLATED : Support.INTERPOLATED;
    }

    private Unseen unseen(Collection<StepCounts> visited) {
        double total = 0;
        double guess = 0;
        Map<String, Beyond> tables = new LinkedHashMap<>();
        for (StepCounts counts : visited) {
            total += times.deviceNanos(counts);
            for (TableReach reach : step.reaches(counts)) {
                if (!reach.isMeasured()) {
                    double nanos = reach.isAbsent() ? times.deviceNanos(counts) : times.nanos(reach.part(), counts);
                    guess += reach.knownVariant() ? 0 : nanos;
                    tables.put(reach.table(), tables.getOrDefault(reach.table(), new Beyond(0, List.of())).with(nanos, reach));
                }
            }
        }
        return new Unseen(total, guess, tables);
    }

    /// What a run's prediction lacks, and the measurements that would supply it; empty where nothing is missing.
    Optional<MissingData> missing(Collection<StepCounts> visited) {
        Unseen unseen = unseen(visited);
        if (of(unseen) == Support.INTERPOLATED) {
            return Optional.empty();
        }
        List<Map.Entry<String, Beyond>> asked = unseen.tables().entrySet().stream()
                .filter(table -> table.getValue().nanos() > NEGLIGIBLE * unseen.total())
                .sorted(Comparator.comparingDouble((Map.Entry<String, Beyond> table) -> -table.getValue().nanos()))
                .toList();
        String reason = asked.stream().limit(MOST_NAMED).map(table -> reason(table.getKey(), table.getValue()))
                .collect(Collectors.joining("; "));
        List<Rows> rows = asked.stream().map(table -> rows(table.getKey(), table.getValue())).toList();
        String what = rows.stream().map(KernelSupport::words).collect(Collectors.joining("; "));
        boolean recorded = StepTables.isStep(rows.getFirst().table());
        String measurement = recorded
                ? "record the kernels of steps with " + what
                        + " too (run --kernel-events, nsys, or the PyTorch profiler), and fit --write-model both recordings"
                : "measure " + what + " too, with what made the profile";
        return Optional.of(new MissingData.Kernels(reason, measurement, rows));
    }

    /// The size that lies farthest from what was measured, in words.
    private static String reason(String table, Beyond beyond) {
        TableReach worst = beyond.reaches().stream().max(Comparator.comparingDouble(TableReach::variance)).orElseThrow();
        if (!worst.knownVariant()) {
            return worst.isAbsent()
                    ? "no recorded step with kernels holds " + axis(worst.sizes().getFirst().axis())
                    : "no " + name(table) + " of this type or head width was measured";
        }
        return worst.sizes().stream().filter(size -> !size.isMeasured()).findFirst().map(size -> {
            String axis = axis(size.axis());
            double most = beyond.reaches().stream().flatMap(reach -> reach.sizes().stream())
                    .filter(other -> other.axis().equals(size.axis())).mapToDouble(TableReach.Size::value).max().orElse(size.value());
            if (size.above().isEmpty()) {
                return String.format(Locale.ROOT, "steps hold up to %,.0f %s, and %s was measured up to %,d", most, axis, name(table),
                        size.below().orElse(0));
            }
            return size.below().isEmpty()
                    ? String.format(Locale.ROOT, "steps hold down to %,.0f %s, and %s was measured from %,d on", size.value(), axis,
                            name(table), size.above().getAsInt())
                    : String.format(Locale.ROOT, "steps hold %,.0f %s, and %s was not measured between %,d and %,d", size.value(), axis,
                            name(table), size.below().getAsInt(), size.above().getAsInt());
        }).orElseGet(() -> String.format(Locale.ROOT, "%s was not measured near %s", name(table),
                worst.sizes().stream().limit(worst.varying())
                        .map(size -> String.format(Locale.ROOT, "%,.0f %s", size.value(), axis(size.axis())))
                        .collect(Collectors.joining(" x "))));
    }

    /// Sizes from the largest that steps hold down to the smallest, by halves, on each axis along which they differ; of the sizes that are
    /// the model's those that were not measured.
    private static Rows rows(String table, Beyond beyond) {
        Map<String, List<Integer>> sizes = new LinkedHashMap<>();
        TableReach first = beyond.reaches().getFirst();
        for (int i = 0; i < first.sizes().size(); i++) {
            int at = i;
            List<TableReach.Size> same = beyond.reaches().stream()
                    .filter(reach -> reach.sizes().size() > at).map(reach -> reach.sizes().get(at)).toList();
            if (i < first.varying()) {
                sizes.put(first.sizes().get(i).axis(), halves(same));
            } else if (same.stream().anyMatch(size -> !size.isMeasured())) {
                sizes.put(first.sizes().get(i).axis(), same.stream().filter(size -> !size.isMeasured()).map(size -> (int) size.value())
                        .distinct().sorted().toList());
            }
        }
        return new Rows(table, sizes);
    }

    private static List<Integer> halves(List<TableReach.Size> sizes) {
        double most = sizes.stream().mapToDouble(TableReach.Size::value).max().orElse(0);
        double least = sizes.stream().mapToDouble(TableReach.Size::value).min().orElse(0);
        TreeSet<Integer> values = new TreeSet<>();
        for (double value = Math.ceil(most); value > least / 2 && value >= 1; value /= 2) {
            values.add((int) Math.ceil(value));
        }
        if (least < 1) {
            values.add(0);
        }
        return List.copyOf(values);
    }

    private static String words(Rows rows) {
        String sizes = rows.sizes().entrySet().stream()
                .map(axis -> values(axis.getValue()) + " " + axis(axis.getKey()))
                .collect(Collectors.joining(" x "));
        return StepTables.isStep(rows.table()) ? sizes : name(rows.table()) + " at " + sizes;
    }

    private static String values(List<Integer> values) {
        if (values.size() <= 2) {
            return values.stream().map(value -> String.format(Locale.ROOT, "%,d", value)).collect(Collectors.joining(" and "));
        }
        return String.format(Locale.ROOT, "%,d to %,d (by doublings)", values.getFirst(), values.getLast());
    }

    private static String name(String table) {
        return StepTables.isStep(table) ? "that part of recorded steps" : table;
    }

    /// An axis in a user's words.
    private static String axis(String axis) {
        return switch (axis) {
            case "isl" -> "tokens of a prompt";
            case "kv" -> "KV tokens of a sequence";
            case "batch" -> "sequences";
            case "chunk" -> "context tokens";
            case "context_kv" -> "KV tokens before them";
            case "generation" -> "generating sequences";
            case "generation_kv" -> "KV tokens each";
            case "message" -> "elements";
            case "m" -> "tokens (m)";
            case "pairs" -> "query x key pairs";
            case "kv_tokens" -> "KV tokens";
            default -> axis;
        };
    }
}
