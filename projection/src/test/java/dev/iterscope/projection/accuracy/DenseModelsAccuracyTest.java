package dev.iterscope.projection.accuracy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.engine.kvcache.KvCacheConfig;
import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.model.ModelPresets;
import dev.iterscope.engine.schedule.SchedulerConfig;
import dev.iterscope.projection.SharedData;
import dev.iterscope.projection.device.DevicePeaks;
import dev.iterscope.projection.metrics.GoodputLimits;
import dev.iterscope.projection.model.kernel.KernelStepModel;
import dev.iterscope.projection.model.kernel.KernelStepOptions;
import dev.iterscope.projection.model.kernel.MatrixType;
import dev.iterscope.projection.model.table.StepModels;
import dev.iterscope.projection.simulate.Simulator;
import dev.iterscope.projection.workload.Workload;
import dev.iterscope.projection.workload.WorkloadOptions;
import dev.iterscope.projection.workload.Workloads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

/// Kernel times of one H100 in, and what other people's servers took on H100 and H200 out: 255 measured points of dense models.
/// Nothing is fitted to them. With `-Diterscope.accuracy=all` every point is predicted and written to
/// `target/accuracy/dense-models.csv` with the reason of each large error; else only 30 of them.
class DenseModelsAccuracyTest {
    private static final double GIB = 1 << 30;
    private static final double UNEXPLAINED = 20;

    private final Map<String, KernelStepModel> models = new ConcurrentHashMap<>();

    /// A measured point.
    private record Point(String backend, String version, String id, ModelConfig model, boolean fp8, boolean h200, int inputs, int outputs,
            int concurrency, int ranks, double ttftMs, double tpotMs) {

        static Point of(String line) {
            String[] cells = line.split(",", -1);
            String preset = cells[3].contains("Qwen3-32B") ? "qwen3-32b" : cells[3].contains("70B") ? "llama-3.1-70b" : "llama-3.1-8b";
            return new Point(cells[1], cells[2], cells[0], ModelPresets.find(preset).orElseThrow(), cells[5].equals("fp8"),
                    cells[4].startsWith("h200"), Integer.parseInt(cells[6]), Integer.parseInt(cells[7]), Integer.parseInt(cells[9]),
                    Integer.parseInt(cells[10]), Double.parseDouble(cells[11]), Double.parseDouble(cells[12]));
        }

        boolean sglang() {
            return backend.equals("sglang");
        }

        /// vLLM schedules asynchronously by default from about 0.16 on: the undated 70B points carry 2026 in their name.
        boolean async() {
            return sglang() || id.startsWith("2026");
        }

        /// Servers sample as the model's generation config says (Qwen3: top-k 20, top-p 0.95; Llama 3.1: top-p 0.9): vLLM by sorting
        /// until about 0.15, by a kernel of its own after; SGLang by FlashInfer.
        double logitNanos() {
            return sglang() ? 0.016 : async() ? 0.03 : 0.14;
        }

        String series() {
            return backend + " " + model.name() + (h200 ? " h200 fp8" : " h100 bf16");
        }

        /// Memory of a device less weights, times vLLM's default share; 3 GB for activations, graphs and the context of the driver.
        int kvBlocks() {
            double device = (h200 ? 140.4 : 79.1) * GIB;
            double weights = model.parameters() * (fp8 ? 1.0 : 2.0) / ranks;
            double tokenBytes = 2.0 * model.layers() * Math.max(1, model.kvHeads() / ranks) * model.headDim() * (fp8 ? 1 : 2);
            return (int) ((0.9 * device - weights - 3e9) / tokenBytes / 16);
        }

        /// Share of the data sheet's arithmetic peak that the measured times would need, context work alone.
        double neededShareOfPeak() {
            double seconds = (ttftMs + (outputs - 1) * tpotMs) / 1e3;
            double flops =
                    concurrency * (inputs * model.denseFlopsPerToken() + inputs * (inputs + 1.0) / 2 * model.attentionFlopsPerPair());
            return flops / seconds / ranks / (fp8 ? 2 * 989.4e12 : 989.4e12);
        }
    }

    private record Predicted(Point point, double ttftMs, double tpotMs) {
        double tpotError() {
            return 100 * (tpotMs / point.tpotMs() - 1);
        }

        double ttftError() {
            return 100 * (ttftMs / point.ttftMs() - 1);
        }

        /// Why a row is off by more than 20 %.
        String reason() {
            if (Math.abs(tpotError()) <= UNEXPLAINED) {
                return "";
            }
            if (tpotError() > 0 && point.model().name().equals("llama-3.1-8b")) {
                return String.format(Locale.ROOT, "prompts alone would need %.0f %% of the arithmetic peak while generating: "
                        + "the prompts were not all computed (prefix hits) or the concurrency was not held",
                        100 * point.neededShareOfPeak());
            }
            if (point.kvBlocks() * 16L < (long) point.concurrency() * (point.inputs() + point.outputs())) {
                return "the KV cache is full: how many requests run depends on memory that the point does not say";
            }
            if (tpotError() < 0 && point.fp8()) {
                return String.format(Locale.ROOT, "%.1f ms a step more than the kernels measured alone: between 16 and 32 sequences the"
                        + " server's steps grow by more than between 32 and 64, which no fp8 product of the tables does",
                        point.tpotMs() - tpotMs);
            }
            if (tpotError() < 0) {
                return String.format(Locale.ROOT, "%.1f ms a step more than the kernels, growing with the sequences (%.0f us each): time"
                        + " of the host and of sampling, of which the tables say nothing", point.tpotMs() - tpotMs,
                        1e3 * (point.tpotMs() - tpotMs) / point.concurrency());
            }
            return "unexplained";
        }
    }

    @Test
    void kernelsOfOneH100PredictServersOnH100AndH200() throws IOException {
        boolean all = "all".equals(System.getProperty("iterscope.accuracy"));
        List<Point> points = Files.readAllLines(SharedData.file("silicon/dense-models.csv")).stream().skip(1).map(Point::of).toList();
        Predicate<Point> chosen = point -> all || (point.backend().equals("vllm") && !point.h200() && point.ranks() == 4);
        Path profile = SharedData.file("kernel-profiles/aiconfigurator/h100_sxm-vllm-0.19.0");
        StepModels.Kernels tables = StepModels.ofProfile(profile);
        KernelStepModel first = StepModels.make(profile, tables, points.getFirst().model(), KernelStepOptions.of(1));

        List<Predicted> predicted = points.parallelStream().filter(chosen).map(point -> predict(point, first)).toList();

        Map<String, List<Predicted>> series = new TreeMap<>();
        predicted.forEach(p -> series.computeIfAbsent(p.point().series(), name -> new ArrayList<>()).add(p));
        if (all) {
            write(predicted, series);
        }
        assertThat(medianOf(series.getOrDefault("vllm qwen3-32b h100 bf16", List.of()))).isLessThanOrEqualTo(10);
        if (all) {
            assertThat(predicted).hasSize(255);
            assertThat(medianOf(series.getOrDefault("sglang qwen3-32b h100 bf16", List.of()))).isLessThanOrEqualTo(15);
            assertThat(medianOf(series.getOrDefault("vllm llama-3.1-70b h200 fp8", List.of()))).isLessThanOrEqualTo(20);
            assertThat(predicted).noneMatch(p -> p.reason().equals("unexplained"));
            for (String name : List.of("vllm qwen3-32b h100 bf16", "sglang qwen3-32b h100 bf16", "vllm llama-3.1-70b h200 fp8")) {
                assertThat(median(effects(series.getOrDefault(name, List.of())))).as("ranks doubled, %s", name).isLessThanOrEqualTo(5);
            }
        }
    }

    private Predicted predict(Point point, KernelStepModel first) {
        KernelStepModel model = models.computeIfAbsent(point.series() + point.ranks(), key -> first.with(point.model(), options(point)));
        // SGLang computes prompts before it generates and never both in one step: a closed loop of equal requests stays in step, and
        // each round is a batch that starts together. vLLM mixes them, so requests spread out: ten rounds.
        int requests = point.sglang() ? point.concurrency() : 10 * point.concurrency();
        Workload workload = Workloads.make(new WorkloadOptions(Optional.empty(), OptionalInt.of(requests), OptionalInt.of(point.inputs()),
                OptionalInt.of(point.outputs()), OptionalDouble.of(0), OptionalDouble.empty(), OptionalDouble.empty(),
                OptionalInt.of(point.concurrency()), Optional.empty(), 0, true), OptionalInt.empty());
        // Defaults of both servers on this device: 8192 tokens a step, 1024 sequences, no reservation before 0.19.
        SchedulerConfig scheduler = new SchedulerConfig(
                8192, 1024, 32768, true, 0, SchedulerConfig.Policy.FCFS, point.async(), false, 0, 8192, true, 0);
        KvCacheConfig cache = new KvCacheConfig(16, point.kvBlocks(), false, KvCacheConfig.FreeOrder.APPEND_ALL);
        Map<String, Double> metrics = Simulator.run(scheduler, cache, workload, model.point(), GoodputLimits.NONE).metrics().values();
        return new Predicted(point, metrics.getOrDefault("mean_ttft_ms", Double.NaN), metrics.getOrDefault("mean_tpot_ms", Double.NaN));
    }

    private static KernelStepOptions options(Point point) {
        KernelStepOptions options = KernelStepOptions.of(point.ranks()).withLogitNanos(point.logitNanos());
        if (point.fp8()) {
            options = options.withTypes(MatrixType.FP8, MatrixType.FP8);
        }
        if (point.h200()) {
            DevicePeaks from = DevicePeaks.find("h100").orElseThrow();
            DevicePeaks to = DevicePeaks.find("h200").orElseThrow();
            options = options.withDeviceRatios(to.flops() / from.flops(), to.bandwidth() / from.bandwidth());
        }
        return options;
    }

    /// What doubling the ranks does to TPOT, all else alike: the predicted ratio against the measured one.
    private static List<Effect> effects(List<Predicted> rows) {
        List<Effect> effects = new ArrayList<>();
        for (Predicted few : rows) {
            for (Predicted many : rows) {
                Point a = few.point();
                Point b = many.point();
                if (b.ranks() == 2 * a.ranks() && a.inputs() == b.inputs() && a.outputs() == b.outputs()
                        && a.concurrency() == b.concurrency() && a.version().equals(b.version())) {
                    effects.add(new Effect(b.tpotMs() / a.tpotMs(), many.tpotMs() / few.tpotMs()));
                }
            }
        }
        return effects;
    }

    /// TPOT with twice the ranks over that without.
    private record Effect(double measured, double predicted) {
        double error() {
            return 100 * Math.abs(predicted / measured - 1);
        }
    }

    private static double median(List<Effect> effects) {
        return quantile(effects.stream().mapToDouble(Effect::error), 0.5);
    }

    private static double medianOf(List<Predicted> rows) {
        return quantile(rows, 0.5);
    }

    private static double quantile(List<Predicted> rows, double q) {
        return quantile(rows.stream().mapToDouble(p -> Math.abs(p.tpotError())), q);
    }

    private static double quantile(DoubleStream values, double q) {
        double[] errors = values.sorted().toArray();
        return errors.length == 0 ? Double.NaN : errors[(int) Math.round(q * (errors.length - 1))];
    }

    private static void write(List<Predicted> predicted, Map<String, List<Predicted>> series) throws IOException {
        Path folder = Files.createDirectories(Path.of(System.getProperty("iterscope.accuracy.out", "target/accuracy")));
        List<String> lines = new ArrayList<>();
        lines.add("id,series,isl,osl,concurrency,tp,kv_blocks,ttft_ms,predicted_ttft_ms,ttft_error_percent,tpot_ms,predicted_tpot_ms,"
                + "tpot_error_percent,reason");
        for (Predicted p : predicted) {
            Point point = p.point();
            lines.add(String.format(Locale.ROOT, "%s,%s,%d,%d,%d,%d,%d,%.1f,%.1f,%.1f,%.3f,%.3f,%.1f,\"%s\"", point.id(), point.series(),
                    point.inputs(), point.outputs(), point.concurrency(), point.ranks(), point.kvBlocks(), point.ttftMs(), p.ttftMs(),
                    p.ttftError(), point.tpotMs(), p.tpotMs(), p.tpotError(), p.reason()));
        }
        series.forEach((name, rows) -> lines.add(String.format(Locale.ROOT,
                "# %s: %d rows, TPOT median %.1f %%, p90 %.1f %%, %d worse than 20 %%; TTFT median %.1f %%", name, rows.size(),
                medianOf(rows), quantile(rows, 0.9), rows.stream().filter(p -> Math.abs(p.tpotError()) > UNEXPLAINED).count(),
                rows.stream().mapToDouble(p -> Math.abs(p.ttftError())).sorted().skip(rows.size() / 2).findFirst().orElse(Double.NaN))));
        series.forEach((name, rows) -> {
            List<Effect> effects = effects(rows);
            if (effects.isEmpty()) {
                return;
            }
            lines.add(String.format(Locale.ROOT,
                    "# %s, ranks doubled: %d pairs, TPOT to %.2f of it measured (median), %.2f predicted; error of"
                            + " that ratio median %.1f %%, p90 %.1f %%",
                    name, effects.size(),
                    quantile(effects.stream().mapToDouble(Effect::measured), 0.5),
                    quantile(effects.stream().mapToDouble(Effect::predicted), 0.5), median(effects),
                    quantile(effects.stream().mapToDouble(Effect::error), 0.9)));
        });
        Files.write(folder.resolve("dense-models.csv"), lines);
    }
}
