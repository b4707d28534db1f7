package dev.iterscope.projection.model.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.engine.model.ModelPresets;
import dev.iterscope.engine.schedule.StepCounts;
import dev.iterscope.projection.SharedData;
import dev.iterscope.projection.model.FittedStepModel.Support;
import dev.iterscope.projection.model.MissingData;
import dev.iterscope.projection.model.RunSteps;
import dev.iterscope.projection.model.table.ProfileReader;
import dev.iterscope.projection.model.table.SourceTable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a prediction from kernel tables rests on, size by size, and whether the measurement that is asked for supplies what is missing: a
/// device whose kernel times are known is measured at some sizes, asked about others, and measured again where the answer says so.
class KernelSupportTest {
    private static final int[] DOUBLINGS = IntStream.rangeClosed(0, 13).map(i -> 1 << i).toArray();
    private static final int[] BATCHES = {1, 2, 4, 8, 16, 32, 64};

    /// Times of a made-up device with 1e14 FLOP/s and 1e12 B/s, microseconds; sums over steps take 0.1 us a token and 1 ns a pair.
    private static double time(Kernel kernel, int[] sizes) {
        return sizes.length == 1
                ? 2 + (kernel == Kernel.PAIRS ? 0.001 : 0.1) * sizes[0]
                : 2 + Math.max(kernel.flops(sizes) / 1e14, kernel.bytes(sizes) / 1e12) * 1e6;
    }

    private static KernelTable table(String name, Kernel kernel, List<int[]> sizes) {
        return new KernelTable(name, kernel, KernelTable.TimeUnit.MICROSECONDS, sizes.toArray(int[][]::new),
                sizes.stream().mapToDouble(row -> time(kernel, row)).toArray());
    }

    /// Separate tables, as AIConfigurator has them.
    private static Map<String, KernelTable> separate(int[] tokens, int[] lengths) {
        List<int[]> products = new ArrayList<>();
        for (int m : tokens) {
            for (int n = 256; n <= 8192; n *= 2) {
                for (int k = 256; k <= 8192; k *= 2) {
                    products.add(new int[] {m, n, k, 0});
                }
            }
        }
        List<int[]> attention = new ArrayList<>();
        for (int length : lengths) {
            for (int batch : BATCHES) {
                attention.add(new int[] {length, batch, 8, 4, 64, 0, 0, 0});
            }
        }
        Map<String, KernelTable> tables = new LinkedHashMap<>();
        tables.put("gemm", table("gemm", Kernel.GEMM, products));
        tables.put("context_attention", table("context_attention", Kernel.CONTEXT_ATTENTION, attention));
        tables.put("generation_attention", table("generation_attention", Kernel.GENERATION_ATTENTION, attention));
        return tables;
    }

    /// Sums over recorded steps.
    private static Map<String, KernelTable> recorded(int[] tokens, int[] pairs, int[] kvTokens) {
        Map<String, KernelTable> tables = new LinkedHashMap<>();
        Map.of("step_gemm", tokens, "step_context_attention", pairs, "step_generation_attention", kvTokens).forEach((name, sizes) -> tables
                .put(name, table(name, StepTables.kernel(name), Arrays.stream(sizes).mapToObj(size -> new int[] {size}).toList())));
        return tables;
    }

    private static KernelStepModel model(Map<String, KernelTable> tables) {
        return ((KernelStepModel.Made.Model) KernelStepModel.of(List.copyOf(tables.values()), ModelPresets.TINY, KernelStepOptions.of(1)))
                .model();
    }

    private static StepCounts generation(int requests, int kv) {
        return counts(0, 0, requests, kv);
    }

    private static StepCounts context(int requests, int tokens) {
        return counts(requests, tokens, 0, 0);
    }

    private static StepCounts counts(int requests, int tokens, int generating, int kv) {
        return new StepCounts(requests, requests * tokens, generating, generating, 0, 0, 0, requests + generating, 0, 0, 65_536, 16, 0,
                requests * tokens * (tokens + 1.0) / 2, 0, generating * kv, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    /// Measures what is asked for, beside what was measured: every combination of the named sizes for every other size of the table.
    private static Map<String, KernelTable> supplied(Map<String, KernelTable> tables, MissingData.Kernels missing) {
        Map<String, KernelTable> more = new LinkedHashMap<>(tables);
        for (MissingData.Kernels.Rows asked : missing.rows()) {
            KernelTable old = more.get(asked.table());
            assertThat(old).as(asked.table()).isNotNull();
            List<int[]> rows = new ArrayList<>(Folds.rows(old));
            List<int[]> combinations = List.of(old.values(0).clone());
            for (int axis = 0; axis < old.kernel().axes().size(); axis++) {
                int at = axis;
                List<Integer> named = asked.sizes().get(old.kernel().axes().get(axis).name());
                int[] values = named == null
                        ? Folds.rows(old).stream().mapToInt(row -> row[at]).distinct().toArray()
                        : named.stream().mapToInt(Integer::intValue).toArray();
                combinations = combinations.stream().flatMap(row -> Arrays.stream(values).mapToObj(value -> {
                    int[] changed = row.clone();
                    changed[at] = value;
                    return changed;
                })).toList();
            }
            rows.addAll(combinations);
            more.put(asked.table(), table(asked.table(), old.kernel(), rows));
        }
        return more;
    }

    /// Checks that a run is not known, that the reason names what it should, and that the named measurement makes it known.
    private static void follow(Map<String, KernelTable> tables, List<StepCounts> steps, String... named) {
        KernelStepModel before = model(tables);
        assertThat(before.supportFor(steps)).isEqualTo(Support.EXTRAPOLATED);
        MissingData.Kernels missing = (MissingData.Kernels) before.missing(new RunSteps(steps, steps.size())).orElseThrow();
        assertThat(missing.reason() + "; " + missing.measurement()).contains(named);

        KernelStepModel after = model(supplied(tables, missing));

        assertThat(after.supportFor(steps)).as(missing.measurement()).isEqualTo(Support.INTERPOLATED);
        assertThat(after.missing(new RunSteps(steps, steps.size()))).isEmpty();
    }

    @Test
    void sizesAmongTheMeasuredOnesAreInterpolatedAndAskForNothing() {
        KernelStepModel model = model(separate(DOUBLINGS, DOUBLINGS));

        for (StepCounts step : List.of(generation(1, 1), generation(40, 3000), generation(64, 8191), context(1, 300), context(3, 1000))) {
            assertThat(model.supportFor(List.of(step))).as(step.toString()).isEqualTo(Support.INTERPOLATED);
            assertThat(model.missing(new RunSteps(List.of(step), 1))).isEmpty();
        }
    }

    @Test
    void longerSequencesThanMeasuredAskForTheirLengths() {
        follow(separate(DOUBLINGS, DOUBLINGS), List.of(generation(8, 20_000), generation(16, 60_000)),
                "KV tokens of a sequence, and generation_attention was measured up to 8,192", "60,001", "measure generation_attention at");
    }

    @Test
    void lengthsBetweenSparseOnesAskForThese() {
        follow(separate(DOUBLINGS, new int[] {1, 8, 8192}), List.of(generation(32, 300), generation(32, 400)),
                "generation_attention was not measured between 8 and 8,192");
    }

    @Test
    void moreSequencesThanMeasuredAskForThem() {
        follow(separate(DOUBLINGS, DOUBLINGS), List.of(generation(200, 4000)), "200 sequences", "measured up to 64");
    }

    @Test
    void longerPromptsAndLargerStepsAskForBoth() {
        follow(separate(DOUBLINGS, DOUBLINGS), List.of(context(1, 30_000), context(2, 14_000)),
                "tokens of a prompt, and context_attention was measured up to 8,192", "tokens (m), and gemm was measured up to 8,192");
    }

    @Test
    void recordedKernelsAskForRecordedSteps() {
        follow(recorded(DOUBLINGS, new int[] {1000, 4000, 16_000}, new int[] {1000, 4000, 16_000}),
                List.of(generation(16, 20_000), generation(16, 30_000)), "record the kernels of steps with", "480,016 KV tokens");
        follow(recorded(new int[] {1, 2, 4, 8, 600}, new int[] {1000, 4000, 16_000, 64_000}, DOUBLINGS), List.of(context(1, 100)),
                "was not measured between 8 and 600");
    }

    @Test
    void promptsThatNoRecordedStepHoldsAreKnownFromBelowOnly() {
        Map<String, KernelTable> tables = recorded(DOUBLINGS, new int[] {1000}, DOUBLINGS);
        tables.remove("step_context_attention");
        KernelStepModel model = model(tables);

        assertThat(model.supportFor(List.of(generation(4, 100)))).isEqualTo(Support.INTERPOLATED);
        assertThat(model.supportFor(List.of(context(1, 300)))).isEqualTo(Support.BOUNDED);
        MissingData missing = model.missing(new RunSteps(List.of(context(1, 300)), 1)).orElseThrow();
        assertThat(missing.reason()).isEqualTo("no recorded step with kernels holds query x key pairs");
    }

    /// KV tokens are read from memory, query x key pairs are arithmetic: a device with twice the bandwidth halves the first and not the second.
    @Test
    void recordedAttentionScalesWithWhatBoundsIt() {
        KernelStepModel here = model(recorded(DOUBLINGS, DOUBLINGS, DOUBLINGS));
        KernelStepModel there = here.with(KernelStepOptions.of(1).withDeviceRatios(1, 2));
        StepCounts generating = generation(8, 1000);
        StepCounts prompt = context(1, 120);

        assertThat(there.nanos(StepPart.GENERATION_ATTENTION, generating) / here.nanos(StepPart.GENERATION_ATTENTION, generating))
                .isBetween(0.5, 0.52);
        assertThat(there.nanos(StepPart.CONTEXT_ATTENTION, prompt)).isEqualTo(here.nanos(StepPart.CONTEXT_ATTENTION, prompt));
    }

    /// Draws scatter alike within the measured sizes and the more the farther beyond.
    @Test
    void intervalsWidenBeyondTheMeasuredSizes() {
        KernelStepModel model = model(noisy(separate(DOUBLINGS, DOUBLINGS)));

        double within = deviation(model, generation(64, 1000));
        double edge = deviation(model, generation(64, 8191));
        double beyond = deviation(model, generation(64, 65_000));
        double far = deviation(model, generation(64, 1_000_000));

        assertThat(edge / within).isBetween(0.8, 1.2);
        assertThat(beyond).isGreaterThan(1.3 * within);
        assertThat(far).isGreaterThan(1.2 * beyond);
    }

    /// 20 % of error in each row, so that what interpolation is off by shows.
    private static Map<String, KernelTable> noisy(Map<String, KernelTable> tables) {
        Map<String, KernelTable> noisy = new LinkedHashMap<>();
        tables.forEach((name, table) -> {
            int[][] sizes = Folds.rows(table).toArray(int[][]::new);
            double[] times = IntStream.range(0, sizes.length)
                    .mapToDouble(i -> table.time(i) * (1 + 0.2 * Math.sin(12.9898 * i + 78.233 * sizes[i][0]))).toArray();
            noisy.put(name, new KernelTable(name, table.kernel(), table.unit(), sizes, times));
        });
        return noisy;
    }

    /// Standard deviation of the logarithm of generation attention over draws.
    private static double deviation(KernelStepModel model, StepCounts step) {
        double[] logs = IntStream.range(0, 400)
                .mapToDouble(i -> Math.log(((KernelStepTimes) model.draw(i, 1)).nanos(StepPart.GENERATION_ATTENTION, step))).toArray();
        double mean = Arrays.stream(logs).average().orElseThrow();
        return Math.sqrt(Arrays.stream(logs).map(log -> (log - mean) * (log - mean)).average().orElseThrow());
    }

    /// The H100's tables without KV lengths beyond 32,768: steps of each measured row within are interpolated, and of each beyond are not.
    @ParameterizedTest
    @ValueSource(ints = {1, 8})
    void whatAFoldLeavesOutAtTheFrontierIsNotTakenAsMeasured(int batch) throws IOException {
        List<KernelTable> tables = new ArrayList<>();
        for (SourceTable source : ProfileReader.read(SharedData.file("kernel-profiles/aiconfigurator/h100_sxm-vllm-0.19.0"), true)
                .tables()) {
            KernelTable table = source.table();
            tables.add(table.name().equals("generation_attention") ? table.where(row -> row[0] <= 32_768) : table);
        }
        KernelStepModel model = ((KernelStepModel.Made.Model) KernelStepModel.of(tables, ModelPresets.find("llama-3.1-8b").orElseThrow(),
                KernelStepOptions.of(1))).model();

        for (int kv = 16; kv <= 32_768; kv *= 2) {
            assertThat(model.supportFor(List.of(generation(batch, kv - 1)))).as("KV %d", kv).isEqualTo(Support.INTERPOLATED);
        }
        assertThat(model.supportFor(List.of(generation(8, 65_535)))).isEqualTo(Support.EXTRAPOLATED);
        assertThat(model.supportFor(List.of(generation(8, 131_071)))).isEqualTo(Support.EXTRAPOLATED);
    }
}
