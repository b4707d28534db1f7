package dev.iterscope.projection.model.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.iterscope.engine.kvcache.KvCacheConfig;
import dev.iterscope.engine.model.ModelPresets;
import dev.iterscope.engine.schedule.SchedulerConfig;
import dev.iterscope.engine.schedule.StepCounts;
import dev.iterscope.projection.SharedData;
import dev.iterscope.projection.metrics.GoodputLimits;
import dev.iterscope.projection.model.FittedStepModel.Support;
import dev.iterscope.projection.model.table.ProfileReader;
import dev.iterscope.projection.model.table.SourceTable;
import dev.iterscope.projection.simulate.Simulator;
import dev.iterscope.projection.workload.Workload;
import dev.iterscope.projection.workload.WorkloadOptions;
import dev.iterscope.projection.workload.Workloads;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class KernelStepModelTest {

    @Test
    void aMixedStepPaysTheWeightPassOnce() {
        KernelStepModel model = made(KernelStepOptions.of(1));

        double context = gemm(model, counts(1, 128, 0));
        double generation = gemm(model, counts(0, 0, 32));
        double mixed = gemm(model, counts(1, 128, 32));

        assertThat(mixed).isLessThan(0.7 * (context + generation));
        assertThat(mixed).isGreaterThanOrEqualTo(Math.max(context, generation));
    }

    @Test
    void batchesArePaddedToCapturedSizes() {
        KernelStepModel captured = made(KernelStepOptions.of(1));

        assertThat(gemm(captured, counts(0, 0, 57))).isEqualTo(gemm(captured, counts(0, 0, 64)));
        assertThat(gemm(captured, counts(0, 0, 64))).isLessThan(gemm(captured, counts(0, 0, 300)));
    }

    @Test
    void aFasterKernelChangesItsPartOnly() {
        KernelStepModel before = made(KernelStepOptions.of(1));
        KernelStepModel after = before.with(KernelStepOptions.of(1).withSpeedups(Map.of(StepPart.GEMM, 2.0)));
        StepCounts step = counts(1, 512, 16);

        assertThat(gemm(after, step)).isCloseTo(gemm(before, step) / 2, within(1.0));
        assertThat(after.contributions(step).get(StepPart.CONTEXT_ATTENTION))
                .isEqualTo(before.contributions(step).get(StepPart.CONTEXT_ATTENTION));
    }

    @Test
    void moreBandwidthHelpsTheWeightPassAndNotTheLargeProducts() {
        KernelStepModel before = made(KernelStepOptions.of(1));
        KernelStepModel after = before.with(KernelStepOptions.of(1).withDeviceRatios(1, 1.4));

        assertThat(gemm(before, counts(0, 0, 1)) / gemm(after, counts(0, 0, 1))).isBetween(1.15, 1.4);
        assertThat(gemm(before, counts(1, 4096, 0)) / gemm(after, counts(1, 4096, 0))).isBetween(1.0, 1.05);
    }

    @Test
    void stepsFarBeyondTheMeasuredAreExtrapolated() {
        KernelStepModel model = made(KernelStepOptions.of(1));

        assertThat(model.supportFor(List.of(counts(1, 1000, 0)))).isEqualTo(Support.INTERPOLATED);
        assertThat(model.supportFor(List.of(counts(1, 60_000, 0)))).isEqualTo(Support.EXTRAPOLATED);
    }

    @Test
    void anExcerptForOneModelPredictsItsStepsAsTheWholeProfileDoes() {
        List<KernelTable> whole = List.of(gemmTable(), attention(Kernel.CONTEXT_ATTENTION), attention(Kernel.GENERATION_ATTENTION),
                table("all_reduce", Kernel.COLLECTIVE, List.of(new int[] {1024, 2, 0}, new int[] {4096, 2, 0})));
        KernelExcerpt excerpt =
                KernelExcerpt.of(whole.stream().map(KernelModel::fit).toList(), ModelPresets.TINY, KernelStepOptions.of(1));

        List<KernelTable> kept = ((KernelExcerpt.Kept) excerpt).tables();
        assertThat(kept).extracting(KernelTable::name).containsExactly("context_attention", "gemm", "generation_attention");
        assertThat(kept.get(1).size()).isLessThan(gemmTable().size() * 2 / 3);
        KernelStepModel before = made(KernelStepOptions.of(1));
        KernelStepModel after =
                ((KernelStepModel.Made.Model) KernelStepModel.of(kept, ModelPresets.TINY, KernelStepOptions.of(1))).model();
        for (StepCounts step : List.of(counts(0, 0, 1), counts(0, 0, 40), counts(1, 300, 0), counts(2, 3000, 20))) {
            assertThat(after.deviceNanos(step) / before.deviceNanos(step)).isCloseTo(1, within(0.03));
        }
        assertThat(KernelExcerpt.of(List.of(KernelModel.fit(gemmTable())), ModelPresets.TINY, KernelStepOptions.of(1)))
                .isEqualTo(new KernelExcerpt.Missing("context_attention"));
    }

    @Test
    void aProfileWithoutATableIsToldByName() {
        KernelStepModel.Made made = KernelStepModel.of(List.of(gemmTable()), ModelPresets.TINY, KernelStepOptions.of(1));

        assertThat(made).isEqualTo(new KernelStepModel.Made.Missing("context_attention"));
    }

    /// Kernel times of an RTX 4090 and nothing else, against what 300 requests took on it (vLLM 0.19 with its defaults).
    @Test
    void kernelsOfOneGpuPredictWhatAServerMeasuredOnIt() throws IOException {
        List<SourceTable> tables = ProfileReader.read(SharedData.file("kernel-profiles/llmservingsim/RTX4090"), true).tables();
        KernelStepModel model = ((KernelStepModel.Made.Model) KernelStepModel.of(
                tables.stream().map(SourceTable::table).toList(), ModelPresets.find("llama-3.1-8b").orElseThrow(), KernelStepOptions.of(1)))
                .model();
        Workload workload = Workloads.make(new WorkloadOptions(
                Optional.of(SharedData.file("end-to-end/RTX4090-Llama-3.1-8B-vllm0.19/requests.jsonl")), OptionalInt.empty(),
                OptionalInt.empty(), OptionalInt.empty(), OptionalDouble.empty(), OptionalDouble.empty(), OptionalDouble.empty(),
                OptionalInt.empty(), Optional.empty(), 0, true), OptionalInt.empty());
        SchedulerConfig vllm = new SchedulerConfig(
                2048, 256, 32768, true, 0, SchedulerConfig.Policy.FCFS, true, true, 0, 2048, true, 0);

        Map<String, Double> predicted = Simulator.run(vllm, new KvCacheConfig(16, 2588, true, KvCacheConfig.FreeOrder.APPEND_ALL), workload,
                model.point(), GoodputLimits.NONE).metrics().values();

        // Measured values: means over requests.jsonl of first_token − queued, (last − first) / (output − 1), last − queued.
        assertError(predicted.getOrDefault("mean_tpot_ms", Double.NaN), 32.447, 1.5);
        assertError(predicted.getOrDefault("mean_e2el_ms", Double.NaN), 86_578, 2);
        assertError(predicted.getOrDefault("p99_e2el_ms", Double.NaN), 153_835, 3);
        assertError(predicted.getOrDefault("mean_ttft_ms", Double.NaN), 65_457, 4);
    }

    private static void assertError(double predicted, double measured, double percent) {
        assertThat(100 * Math.abs(predicted / measured - 1)).isLessThanOrEqualTo(percent);
    }

    private static double gemm(KernelStepModel model, StepCounts counts) {
        return model.contributions(counts).getOrDefault(StepPart.GEMM, Double.NaN);
    }

    private static KernelStepModel made(KernelStepOptions options) {
        return ((KernelStepModel.Made.Model) KernelStepModel.of(
                List.of(gemmTable(), attention(Kernel.CONTEXT_ATTENTION), attention(Kernel.GENERATION_ATTENTION)), ModelPresets.TINY,
                options))
                .model();
    }

    /// A made-up device with 1e14 FLOP/s and 1e12 B/s.
    private static KernelTable gemmTable() {
        List<int[]> sizes = new ArrayList<>();
        for (int m = 1; m <= 8192; m *= 2) {
            for (int n = 256; n <= 8192; n *= 2) {
                for (int k = 256; k <= 8192; k *= 2) {
                    sizes.add(new int[] {m, n, k, 0});
                }
            }
        }
        return table("gemm", Kernel.GEMM, sizes);
    }

    private static KernelTable attention(Kernel kernel) {
        List<int[]> sizes = new ArrayList<>();
        for (int length = 1; length <= 8192; length *= 4) {
            for (int batch = 1; batch <= 64; batch *= 4) {
                sizes.add(new int[] {length, batch, 8, 4, 64, 0, 0, 0});
            }
        }
        return table(kernel.label(), kernel, sizes);
    }

    private static KernelTable table(String name, Kernel kernel, List<int[]> sizes) {
        double[] times = sizes.stream()
                .mapToDouble(s -> 0.2 + Math.max(kernel.flops(s) / 1e14, kernel.bytes(s) / 1e12) * 1e6)
                .toArray();
        return new KernelTable(name, kernel, KernelTable.TimeUnit.MICROSECONDS, sizes.toArray(int[][]::new), times);
    }

    private static StepCounts counts(int contextRequests, int contextTokens, int generation) {
        return new StepCounts(contextRequests, contextTokens, generation, generation, 0, 1000, 0, contextRequests + generation, 0, 0,
                8192, 16, 0, contextTokens * (contextTokens + 1.0) / 2, 0, generation * 100, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }
}
