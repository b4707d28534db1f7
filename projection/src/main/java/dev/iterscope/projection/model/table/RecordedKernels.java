package dev.iterscope.projection.model.table;

import dev.iterscope.projection.model.RecordedWork;
import dev.iterscope.projection.model.kernel.Kernel;
import dev.iterscope.projection.model.kernel.KernelTable;
import dev.iterscope.projection.model.kernel.KernelTable.TimeUnit;
import dev.iterscope.projection.model.kernel.MatrixType;
import dev.iterscope.projection.model.kernel.StepTables;
import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.KernelKind;
import dev.iterscope.projection.recording.KernelRecord;
import dev.iterscope.projection.recording.Recording;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Tables of the kernels that a recording holds, from our own `.jfr` or an imported trace.
///
/// Two sorts. Single executions whose sizes are recorded (`gemm` by m, n, k; the others by tokens) show how well a kernel can be
/// predicted. Sums over a whole step, one table for each part of a step and by the step's own counts ([StepTables]), make a step model:
/// they need no sizes of single kernels, which traces do not say.
public final class RecordedKernels {
    private static final int FEWEST_ROWS = 8;
    /// A part of a step must not be lost because few recorded steps had it.
    private static final int FEWEST_STEPS = 2;

    private RecordedKernels() {}

    /// The tables; those with fewer than 8 rows, of whole steps fewer than 2, are left out.
    public static List<KernelTable> tables(Recording recording) {
        Map<String, Rows> tables = new LinkedHashMap<>();
        for (KernelRecord record : recording.kernels()) {
            if (record.timeNanos() > 0) {
                addSingle(record, tables);
            }
        }
        addSteps(recording, tables);
        List<KernelTable> found = new ArrayList<>();
        tables.forEach((name, rows) -> {
            if (rows.times.size() >= (StepTables.isStep(name) ? FEWEST_STEPS : FEWEST_ROWS)) {
                found.add(rows.table(name));
            }
        });
        return List.copyOf(found);
    }

    private static Rows rows(Map<String, Rows> tables, String name, Kernel kernel) {
        return tables.computeIfAbsent(name, n -> new Rows(kernel));
    }

    private static final class Rows {
        private final Kernel kernel;
        private final List<int[]> sizes = new ArrayList<>();
        private final List<Double> times = new ArrayList<>();

        Rows(Kernel kernel) {
            this.kernel = kernel;
        }

        void add(int[] row, double nanos) {
            sizes.add(row);
            times.add(nanos);
        }

        KernelTable table(String name) {
            return new KernelTable(name, kernel, TimeUnit.NANOSECONDS, sizes.toArray(int[][]::new),
                    times.stream().mapToDouble(Double::doubleValue).toArray());
        }
    }

    private static void addSingle(KernelRecord record, Map<String, Rows> tables) {
        double nanos = (double) record.timeNanos();
        switch (record.kind()) {
            case GEMM -> {
                if (record.m().isPresent() && record.n().isPresent() && record.k().isPresent()) {
                    rows(tables, "gemm", Kernel.GEMM).add(new int[] {record.m().getAsInt(), record.n().getAsInt(), record.k().getAsInt(),
                        MatrixType.BFLOAT16.code()}, nanos);
                }
            }
            case NORM, ACTIVATION, ROTARY, KV_WRITE, EMBEDDING, MOE, ALL_REDUCE, SAMPLING -> {
                if (record.tokens().orElse(0) > 0) {
                    Kernel kernel = record.kind() == KernelKind.SAMPLING ? Kernel.SEQUENCES : Kernel.TOKENS;
                    rows(tables, record.kind().label(), kernel).add(new int[] {record.tokens().getAsInt()}, nanos);
                }
            }
            case CONTEXT_ATTENTION, GENERATION_ATTENTION, COPY, GRAPH, OTHER -> {
                // Their sizes are those of the whole batch, which the sums over steps look at.
            }
        }
    }

    /// A step of one engine and device; devices run the same kernels side by side, so each is a sample of its own.
    private record StepKey(int engine, long number, int device) {}

    private static void addSteps(Recording recording, Map<String, Rows> tables) {
        Map<StepKey, Map<String, Double>> sums = new LinkedHashMap<>();
        for (KernelRecord record : recording.kernels()) {
            if (record.iteration().isPresent() && record.timeNanos() > 0) {
                StepKey key = new StepKey(record.engine(), record.iteration().getAsLong(), record.device().orElse(0));
                sums.computeIfAbsent(key, k -> new LinkedHashMap<>()).merge(StepTables.of(part(record)), (double) record.timeNanos(),
                        Double::sum);
            }
        }
        Map<StepKey, RecordedWork> steps = new HashMap<>();
        for (RecordedWork work : sums.isEmpty() ? List.<RecordedWork>of() : RecordedWork.of(recording)) {
            Iteration step = work.iteration();
            if (step.number().isPresent() && step.isTypical()) {
                steps.put(new StepKey(step.engine(), step.number().getAsLong(), 0), work);
            }
        }
        sums.forEach((key, parts) -> {
            RecordedWork step = steps.get(new StepKey(key.engine(), key.number(), 0));
            if (step != null) {
                parts.forEach((name, nanos) -> size(name, step)
                        .ifPresent(size -> rows(tables, name, StepTables.kernel(name)).add(new int[] {size}, nanos)));
            }
        });
    }

    private static StepTables.Part part(KernelRecord record) {
        return PARTS.getOrDefault(record.kind(), StepTables.Part.ELEMENTWISE);
    }

    /// Copies, embedding and what is not known go with the tokens like element-wise kernels do.
    private static final Map<KernelKind, StepTables.Part> PARTS = new EnumMap<>(Map.of(
            KernelKind.GEMM, StepTables.Part.GEMM,
            KernelKind.GRAPH, StepTables.Part.GEMM,
            KernelKind.MOE, StepTables.Part.MOE,
            KernelKind.CONTEXT_ATTENTION, StepTables.Part.CONTEXT_ATTENTION,
            KernelKind.GENERATION_ATTENTION, StepTables.Part.GENERATION_ATTENTION,
            KernelKind.ALL_REDUCE, StepTables.Part.ALL_REDUCE,
            KernelKind.SAMPLING, StepTables.Part.HEAD));

    /// What a part's time goes with; empty where the step does not say it.
    private static Optional<Integer> size(String name, RecordedWork work) {
        Iteration step = work.iteration();
        double size = switch (StepTables.part(name)) {
            case GEMM, MOE, ELEMENTWISE, ALL_REDUCE -> step.scheduledTokens();
            case HEAD -> step.contextRequests() + (double) step.generationRequests();
            case CONTEXT_ATTENTION -> work.contextPairs();
            case GENERATION_ATTENTION -> work.generationKvTokens();
        };
        return size >= 1 && size <= Integer.MAX_VALUE ? Optional.of((int) size) : Optional.empty();
    }
}
