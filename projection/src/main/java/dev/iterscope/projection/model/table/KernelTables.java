package dev.iterscope.projection.model.table;

import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.model.kernel.Kernel;
import dev.iterscope.projection.model.kernel.KernelTable;
import dev.iterscope.projection.model.kernel.KernelTable.TimeUnit;
import dev.iterscope.projection.model.kernel.MatrixType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;

/// Recognises a file's table by its columns and turns its rows into sizes and times.
///
/// @param tables      the kernels found; none where the file is something else
/// @param device      the device measured, where the table says it
/// @param skippedRows rows without a usable time
record KernelTables(List<SourceTable> tables, Optional<String> device, int skippedRows) {

    /// A kind of table, told by columns that no other kind has.
    private enum Layout {
        GEMM("gemm_dtype", "m", "n", "k"),
        ATTENTION("batch_size", "isl", "num_heads", "num_key_value_heads", "head_dim", "step"),
        COLLECTIVE("num_gpus", "message_size"),
        MIXED_ATTENTION("prefill_chunk", "kv_prefill", "n_decode", "kv_decode"),
        SKEW("n", "nb", "pc", "kp", "kvs", "kv_big"),
        TOKEN_LAYERS("layer", "tokens"),
        SEQUENCE_LAYERS("layer", "sequences");

        @SuppressWarnings("ImmutableEnumChecker") // never written
        private final String[] columns;

        Layout(String... columns) {
            this.columns = columns;
        }

        static Optional<Layout> of(TableHead head) {
            return Arrays.stream(values()).filter(layout -> head.has(layout.columns)).findFirst();
        }
    }

    /// Whether a file with this head is a table of kernels.
    static boolean recognises(TableHead head) {
        return Layout.of(head).isPresent();
    }

    static KernelTables of(TableFile file, boolean needTimes) {
        Optional<String> device = file.has("device") && file.rows() > 0 ? Optional.of(file.text("device", 0)) : Optional.empty();
        Builder builder = new Builder(file, needTimes);
        Layout.of(new TableHead(file.columns(), file.rows())).ifPresent(builder::read);
        return new KernelTables(List.copyOf(builder.tables), device, builder.skipped);
    }

    /// Collects the tables of one file.
    private static final class Builder {
        private final TableFile file;
        private final boolean needTimes;
        private final List<SourceTable> tables = new ArrayList<>();
        private int skipped;

        Builder(TableFile file, boolean needTimes) {
            this.file = file;
            this.needTimes = needTimes;
        }

        void read(Layout layout) {
            switch (layout) {
                case GEMM -> gemm();
                case ATTENTION -> attention();
                case COLLECTIVE -> collective();
                case MIXED_ATTENTION -> mixedAttention();
                case SKEW -> skew();
                case TOKEN_LAYERS -> layers("tokens", Kernel.TOKENS);
                case SEQUENCE_LAYERS -> layers("sequences", Kernel.SEQUENCES);
            }
        }

        private void gemm() {
            int[] m = file.integers("m");
            int[] n = file.integers("n");
            int[] k = file.integers("k");
            add(row -> "gemm", Kernel.GEMM, "latency", TimeUnit.MILLISECONDS,
                    row -> new int[] {m[row], n[row], k[row], type("gemm_dtype", row)});
        }

        private void attention() {
            int[] batch = file.integers("batch_size");
            int[] isl = file.integers("isl");
            int[] step = file.integers("step");
            int[] heads = file.integers("num_heads");
            int[] kvHeads = file.integers("num_key_value_heads");
            int[] headDim = file.integers("head_dim");
            int[] window = file.has("window_size") ? file.integers("window_size") : new int[file.rows()];
            boolean context = (file.has("op_name") && file.rows() > 0)
                    ? file.text("op_name", 0).contains("context")
                    : file.name().contains("context");
            Kernel kernel = context ? Kernel.CONTEXT_ATTENTION : Kernel.GENERATION_ATTENTION;
            add(row -> kernel.label(), kernel, "latency", TimeUnit.MILLISECONDS, row -> new int[] {
                context ? isl[row] : isl[row] + step[row], batch[row], heads[row], kvHeads[row], headDim[row],
                typeOr16Bits("kv_cache_dtype", row), window[row], typeOr16Bits("attn_dtype", row)});
        }

        private void collective() {
            int[] gpus = file.integers("num_gpus");
            int[] message = file.integers("message_size");
            boolean nccl = file.has("nccl_dtype");
            Map<String, Integer> variants = new LinkedHashMap<>();
            String variant = nccl ? "nccl_dtype" : file.has("backend") ? "backend" : "kernel_source";
            add(row -> nccl ? "nccl_" + file.text("op_name", row) : "all_reduce", Kernel.COLLECTIVE, "latency", TimeUnit.MILLISECONDS,
                    row -> new int[] {message[row], gpus[row], code(variant, row, variants)});
        }

        private void mixedAttention() {
            int[] chunk = file.integers("prefill_chunk");
            int[] contextKv = file.integers("kv_prefill");
            int[] generation = file.integers("n_decode");
            int[] generationKv = file.integers("kv_decode");
            add(row -> "attention", Kernel.MIXED_ATTENTION, "time_us", TimeUnit.MICROSECONDS,
                    row -> new int[] {chunk[row], contextKv[row], generation[row], generationKv[row]});
        }

        private void skew() {
            int[] n = file.integers("n");
            int[] big = file.integers("nb");
            int[] chunk = file.integers("pc");
            int[] contextKv = file.integers("kp");
            int[] small = file.integers("kvs");
            int[] bigKv = file.integers("kv_big");
            add(row -> "attention_skew", Kernel.SKEWED_ATTENTION, "t_skew_us", TimeUnit.MICROSECONDS,
                    row -> new int[] {chunk[row], contextKv[row], n[row], big[row], small[row], bigKv[row]});
        }

        private void layers(String quantity, Kernel kernel) {
            int[] sizes = file.integers(quantity);
            add(row -> file.text("layer", row), kernel, "time_us", TimeUnit.MICROSECONDS, row -> new int[] {sizes[row]});
        }

        private int typeOr16Bits(String column, int row) {
            return file.has(column) ? type(column, row) : MatrixType.BFLOAT16.code();
        }

        private int type(String column, int row) {
            String word = file.text(column, row);
            return MatrixType.ofLabel(word)
                    .orElseThrow(() -> UserInputException.input(file.name(), "row " + (row + 1) + ", column " + column,
                            "'" + word + "' is no known type", "use bfloat16, fp8, fp8_block, int8, int8_wo, int4 or nvfp4"))
                    .code();
        }

        /// AIConfigurator's own kernels are known by a stable code, other words by the order of their appearance after those.
        private int code(String column, int row, Map<String, Integer> variants) {
            String word = file.text(column, row);
            if (word.contains("graph")) {
                return 0;
            }
            if (word.contains("eager")) {
                return 1;
            }
            return variants.computeIfAbsent(word, w -> 2 + variants.size());
        }

        private void add(IntFunction<String> name, Kernel kernel, String timeColumn, TimeUnit unit, IntFunction<int[]> values) {
            boolean timed = file.has(timeColumn);
            double[] times = timed ? file.numbers(timeColumn) : new double[file.rows()];
            Map<String, List<Integer>> byName = new LinkedHashMap<>();
            for (int row = 0; row < file.rows(); row++) {
                if (!timed || !(times[row] > 0)) {
                    times[row] = Double.NaN;
                    skipped += needTimes ? 1 : 0;
                }
                if (!needTimes || (times[row] > 0)) {
                    byName.computeIfAbsent(name.apply(row), w -> new ArrayList<>()).add(row);
                }
            }
            byName.forEach((word, rows) -> {
                int[] fileRows = rows.stream().mapToInt(Integer::intValue).toArray();
                int[][] sizes = Arrays.stream(fileRows).mapToObj(values).toArray(int[][]::new);
                double[] chosen = Arrays.stream(fileRows).mapToDouble(row -> times[row]).toArray();
                tables.add(new SourceTable(new KernelTable(word, kernel, unit, sizes, chosen), file, fileRows));
            });
        }
    }
}
