package dev.iterscope.projection.model.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.schedule.StepCounts;
import dev.iterscope.projection.SharedData;
import dev.iterscope.projection.model.table.ProfileReader;
import dev.iterscope.projection.model.table.SourceTable;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// How much other ranks and other types change a step, against kernels of those ranks and types as they were measured on an H100. The
/// model's widths are such that what each of 1, 2, 4 and 8 ranks computes was measured. The model does not see those measurements: rows
/// of the shapes that it is asked for are left out, so what it knows of them is what other shapes tell.
class WhatIfSizeTest {
    private static final int LAYERS = 32;
    private static final int HIDDEN = 4096;
    private static final int HEADS = 32;
    private static final int KV_HEADS = 8;
    private static final int HEAD_DIM = 128;
    private static final int INNER = 8192;
    private static final ModelConfig MODEL = new ModelConfig("eight-ways", ModelConfig.Architecture.LLAMA, HIDDEN, LAYERS, HEADS, KV_HEADS,
            HEAD_DIM, INNER, 128_256, false, false, false, 1e-5f, new ModelConfig.Rope(5e5, Optional.empty()), 131_072,
            ModelConfig.DataType.BF16, List.of());
    private static final int BF16 = MatrixType.BFLOAT16.code();
    private static final int FP8 = MatrixType.FP8.code();

    private static Map<String, KernelTable> tables = Map.of();

    @BeforeAll
    static void read() throws IOException {
        tables = ProfileReader.read(SharedData.file("kernel-profiles/aiconfigurator/h100_sxm-vllm-0.19.0"), true).tables().stream()
                .map(SourceTable::table)
                .filter(table -> !table.name().startsWith("nccl_"))
                .collect(Collectors.toMap(KernelTable::name, Function.identity()));
    }

    private static KernelTable table(String name) {
        KernelTable table = tables.get(name);
        assertThat(table).as(name).isNotNull();
        return table;
    }

    /// Milliseconds of a measured row, the mean where it was measured more than once.
    private static double measured(String table, int... sizes) {
        KernelTable rows = table(table).where(row -> Arrays.equals(row, sizes));
        assertThat(rows.size()).as("%s %s", table, Arrays.toString(sizes)).isPositive();
        double sum = 0;
        for (int i = 0; i < rows.size(); i++) {
            sum += rows.time(i);
        }
        return sum / rows.size();
    }

    /// What a rank computes of the layers' four products, as n and k.
    private static int[][] products(int ranks) {
        return new int[][] {{(HEADS + 2 * KV_HEADS) * HEAD_DIM / ranks, HIDDEN}, {HIDDEN, HEADS * HEAD_DIM / ranks},
            {2 * INNER / ranks, HIDDEN}, {HIDDEN, INNER / ranks}};
    }

    private static double measuredProducts(int tokens, int ranks, int type) {
        return LAYERS * Arrays.stream(products(ranks)).mapToDouble(nk -> measured("gemm", tokens, nk[0], nk[1], type)).sum();
    }

    private static double measuredGeneration(int requests, int kv, int ranks, int type) {
        return LAYERS * measured("generation_attention", kv, requests, HEADS / ranks, KV_HEADS / ranks, HEAD_DIM, type, 0, 0);
    }

    private static double measuredContext(int requests, int tokens, int ranks, int type) {
        return LAYERS * measured("context_attention", tokens, requests, HEADS / ranks, KV_HEADS / ranks, HEAD_DIM, type, 0, 0);
    }

    private static KernelStepModel model(KernelStepOptions options, KernelTable.RowFilter products, KernelTable.RowFilter attention) {
        return ((KernelStepModel.Made.Model) KernelStepModel.of(
                List.of(table("gemm").where(products), table("context_attention").where(attention),
                        table("generation_attention").where(attention), table("all_reduce")),
                MODEL, options)).model();
    }

    /// A model that has not seen the shapes of these ranks.
    private static KernelStepModel unseen(int ranks, MatrixType matrix, MatrixType kv) {
        return model(
                KernelStepOptions.of(ranks).withTypes(matrix, kv),
                row -> row[3] != matrix.code() || Arrays.stream(products(ranks)).noneMatch(nk -> row[1] == nk[0] && row[2] == nk[1]),
                row -> row[2] != HEADS / ranks || row[3] != KV_HEADS / ranks || row[4] != HEAD_DIM || row[5] != kv.code());
    }

    private static double millis(KernelStepModel model, StepPart part, StepCounts counts) {
        return model.nanos(part, counts) / 1e6;
    }

    private static StepCounts context(int requests, int tokens) {
        return new StepCounts(requests, requests * tokens, 0, 0, 0, 0, 0, requests, 0, 0, 65_536, 16, 0,
                requests * tokens * (tokens + 1.0) / 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    private static StepCounts generation(int requests, int kv) {
        return new StepCounts(0, 0, requests, requests, 0, 0, 0, requests, 0, 0, 65_536, 16, 0, 0, 0, requests * (kv - 1), 0, 0, 0, 0, 0, 0,
                0, 0, 0, 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8})
    void aRanksShareTakesWhatKernelsOfThatSizeTake(int ranks) {
        KernelStepModel model = unseen(ranks, MatrixType.BFLOAT16, MatrixType.BFLOAT16);

        for (int tokens : new int[] {1, 64, 256, 2048, 8192}) {
            assertThat(millis(model, StepPart.GEMM, context(1, tokens))).as("products of %d tokens", tokens)
                    .isCloseTo(measuredProducts(tokens, ranks, BF16), Percentage.withPercentage(15));
        }
        assertThat(millis(model, StepPart.CONTEXT_ATTENTION, context(8, 512)))
                .isCloseTo(measuredContext(8, 512, ranks, BF16), Percentage.withPercentage(6));
        assertThat(millis(model, StepPart.CONTEXT_ATTENTION, context(2, 8192)))
                .isCloseTo(measuredContext(2, 8192, ranks, BF16), Percentage.withPercentage(6));
        assertThat(millis(model, StepPart.GENERATION_ATTENTION, generation(64, 4096)))
                .isCloseTo(measuredGeneration(64, 4096, ranks, BF16), Percentage.withPercentage(6));
        assertThat(millis(model, StepPart.GENERATION_ATTENTION, generation(8, 32_768)))
                .isCloseTo(measuredGeneration(8, 32_768, ranks, BF16), Percentage.withPercentage(6));
    }

    /// Two all-reduces a layer and one for the embedding, in the captured graph up to 512 tokens.
    @ParameterizedTest
    @ValueSource(ints = {2, 4, 8})
    void ranksPayTheMeasuredAllReduces(int ranks) {
        KernelStepModel model = unseen(ranks, MatrixType.BFLOAT16, MatrixType.BFLOAT16);

        for (int tokens : new int[] {1, 64, 512, 8192}) {
            double measured = (2 * LAYERS + 1) * measured("all_reduce", tokens * HIDDEN, ranks, tokens <= 512 ? 0 : 1);
            assertThat(millis(model, StepPart.ALL_REDUCE, context(1, tokens))).as("%d tokens", tokens)
                    .isCloseTo(measured, Percentage.withPercentage(10));
        }
        assertThat(unseen(1, MatrixType.BFLOAT16, MatrixType.BFLOAT16).nanos(StepPart.ALL_REDUCE, context(1, 64))).isZero();
    }

    /// Not the N-th part: products of few tokens stop shrinking, and the all-reduces come on top. That is what the question is about.
    @Test
    void eightRanksAreFarFromEightTimesAsFastWhereKernelsSaySo() {
        double one = measuredProducts(64, 1, BF16) + measuredGeneration(64, 4096, 1, BF16);
        double eight = measuredProducts(64, 8, BF16) + measuredGeneration(64, 4096, 8, BF16)
                + (2 * LAYERS + 1) * measured("all_reduce", 64 * HIDDEN, 8, 0);
        assertThat(one / eight).isLessThan(6);

        assertThat(products(1, 64, 4096) / products(8, 64, 4096)).isCloseTo(one / eight, Percentage.withPercentage(5));
    }

    private static double products(int ranks, int requests, int kv) {
        KernelStepModel model = unseen(ranks, MatrixType.BFLOAT16, MatrixType.BFLOAT16);
        StepCounts step = generation(requests, kv);
        return millis(model, StepPart.GEMM, step) + millis(model, StepPart.GENERATION_ATTENTION, step)
                + millis(model, StepPart.ALL_REDUCE, step);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8})
    void an8BitKvCacheChangesGenerationAttentionAsMeasured(int ranks) {
        KernelStepModel wide = unseen(ranks, MatrixType.BFLOAT16, MatrixType.BFLOAT16);
        KernelStepModel narrow = unseen(ranks, MatrixType.BFLOAT16, MatrixType.FP8);

        for (int[] size : new int[][] {{64, 4096}, {16, 16_384}, {8, 32_768}}) {
            StepCounts step = generation(size[0], size[1]);
            double measured = measuredGeneration(size[0], size[1], ranks, FP8) / measuredGeneration(size[0], size[1], ranks, BF16);
            assertThat(narrow.nanos(StepPart.GENERATION_ATTENTION, step) / wide.nanos(StepPart.GENERATION_ATTENTION, step))
                    .as("%d x %d", size[0], size[1]).isCloseTo(measured, within(0.1));
        }
        // Kernels of some microseconds gain nothing: converting outweighs the bytes, measured as 1.02 to 1.19 of the time.
        assertThat(narrow.nanos(StepPart.GENERATION_ATTENTION, generation(8, 128)))
                .isGreaterThan(0.95 * wide.nanos(StepPart.GENERATION_ATTENTION, generation(8, 128)));
        // Nothing else of the step reads the cache.
        assertThat(narrow.nanos(StepPart.GEMM, generation(64, 4096))).isEqualTo(wide.nanos(StepPart.GEMM, generation(64, 4096)));
    }

    /// With no 8-bit cache measured at all: half the bytes, so about half the time where the bytes decide, and no gain where they do not.
    @Test
    void an8BitKvCacheThatWasNeverMeasuredReadsHalfTheBytes() {
        KernelStepModel wide = model(KernelStepOptions.of(1), row -> row[3] == BF16, row -> row[5] == BF16);
        KernelStepModel narrow = wide.with(KernelStepOptions.of(1).withTypes(MatrixType.BFLOAT16, MatrixType.FP8));

        StepCounts large = generation(64, 4096);
        double measured = measuredGeneration(64, 4096, 1, FP8) / measuredGeneration(64, 4096, 1, BF16);
        assertThat(narrow.nanos(StepPart.GENERATION_ATTENTION, large) / wide.nanos(StepPart.GENERATION_ATTENTION, large))
                .isBetween(0.5, 0.6).isCloseTo(measured, within(0.1));
        StepCounts small = generation(1, 64);
        assertThat(narrow.nanos(StepPart.GENERATION_ATTENTION, small) / wide.nanos(StepPart.GENERATION_ATTENTION, small))
                .isGreaterThan(0.95);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void fp8WeightsChangeTheProductsAsMeasured(int ranks) {
        KernelStepModel wide = unseen(ranks, MatrixType.BFLOAT16, MatrixType.BFLOAT16);
        KernelStepModel narrow = unseen(ranks, MatrixType.FP8, MatrixType.BFLOAT16);

        for (int tokens : new int[] {1, 64, 2048, 8192}) {
            double measured = measuredProducts(tokens, ranks, FP8) / measuredProducts(tokens, ranks, BF16);
            assertThat(narrow.nanos(StepPart.GEMM, context(1, tokens)) / wide.nanos(StepPart.GEMM, context(1, tokens)))
                    .as("%d tokens", tokens).isCloseTo(measured, within(0.1));
        }
    }
}
