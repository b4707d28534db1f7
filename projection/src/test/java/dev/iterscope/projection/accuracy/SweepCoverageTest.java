package dev.iterscope.projection.accuracy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.iterscope.projection.SharedData;
import dev.iterscope.projection.answer.ConditionOptions;
import dev.iterscope.projection.answer.Projector;
import dev.iterscope.projection.answer.Sources;
import dev.iterscope.projection.cli.Main;
import dev.iterscope.projection.importer.Recordings;
import dev.iterscope.projection.progress.Progress;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.search.Interval95;
import dev.iterscope.projection.search.SweepPoint;
import dev.iterscope.projection.workload.WorkloadOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// Whether the intervals of sweep points hold what is then measured: a model fitted to one recording at one budget, the engine run at five
/// other budgets with other requests, on the emulated backend in real time with the kernels of an RTX 4090.
///
/// Runs with `-Diterscope.accuracy=all` only: it takes minutes. Runs that lie in the output folder already are not made again, so another
/// folder (`-Diterscope.accuracy.out`) and other requests (`-Diterscope.accuracy.seed`) make a fresh set. Every point is written to
/// `target/accuracy/sweep-coverage.csv`.
class SweepCoverageTest {
    private static final int RECORDED_BUDGET = 512;
    private static final List<Integer> BUDGETS = List.of(128, 256, 1024, 2048, 4096);
    private static final int BLOCKS = 2588;
    private static final int AT_ONCE = 4;
    private static final int SEED = Integer.getInteger("iterscope.accuracy.seed", 0);
    private static final List<String> KEYS =
            List.of("output_throughput", "mean_tpot_ms", "p99_tpot_ms", "mean_itl_ms", "p99_itl_ms", "mean_ttft_ms", "p99_ttft_ms",
                    "mean_e2el_ms");
    private static final List<Work> WORKS = List.of(
            new Work("steady", 100, 700, 60, 5, 1, 0),
            new Work("long-prompts", 60, 1500, 40, 3, 1, 0),
            new Work("long-answers", 80, 200, 150, 4, 1, 0),
            new Work("bursts", 80, 700, 60, 4, 0.3, 0),
            new Work("offline", 120, 500, 60, Double.POSITIVE_INFINITY, 1, 0),
            new Work("closed-loop", 120, 400, 80, Double.POSITIVE_INFINITY, 1, 16));

    private final Path folder = Path.of(System.getProperty("iterscope.accuracy.out", "target/accuracy"));

    /// What is served; a rate without limit sends all at once, or as many as may be open.
    private record Work(String name, int requests, int input, int output, double rate, double burstiness, int concurrency) {
        WorkloadOptions options(int seed) {
            return new WorkloadOptions(Optional.empty(), OptionalInt.of(requests), OptionalInt.of(input), OptionalInt.of(output),
                    OptionalDouble.of(0.9), OptionalDouble.of(rate), OptionalDouble.of(burstiness),
                    concurrency > 0 ? OptionalInt.of(concurrency) : OptionalInt.empty(), Optional.empty(), seed, true);
        }

        List<String> arguments(int seed) {
            List<String> arguments = new ArrayList<>(List.of("--num-prompts", "" + requests, "--random-input-len", "" + input,
                    "--random-output-len", "" + output, "--random-range-ratio", "0.9", "--request-rate",
                    Double.isInfinite(rate) ? "inf" : "" + rate, "--burstiness", "" + burstiness, "--seed", "" + seed));
            if (concurrency > 0) {
                arguments.addAll(List.of("--max-concurrency", "" + concurrency));
            }
            return arguments;
        }

        int recordedSeed() {
            return 1000 + name.length() + 100_000 * SEED;
        }

        int measuredSeed(int budget) {
            return 2 * budget + name.length() + 100_000 * SEED;
        }
    }

    /// A result of one point, predicted and measured.
    private record Row(Work work, SweepPoint point, String key, double measured) {
        double predicted() {
            return point.metrics().values().getOrDefault(key, Double.NaN);
        }

        Interval95 interval() {
            return point.interval(key).orElseThrow();
        }

        boolean inside() {
            return interval().low() <= measured && measured <= interval().high();
        }
    }

    @Test
    void intervalsHoldWhatIsThenMeasured() throws Exception {
        assumeTrue("all".equals(System.getProperty("iterscope.accuracy")), "takes minutes of real time");
        Files.createDirectories(folder);
        List<Row> rows = new ArrayList<>();
        try (ExecutorService pool = Executors.newFixedThreadPool(AT_ONCE)) {
            List<Runs> all = new ArrayList<>();
            WORKS.forEach(work -> all.add(new Runs(work, pool.submit(() -> record(work)), new LinkedHashMap<>())));
            for (Runs runs : all) {
                BUDGETS.forEach(budget -> runs.measured().put(budget, pool.submit(() -> measure(runs.work(), budget))));
            }
            // Predicting uses every core: the engines that keep real time come first.
            for (Runs runs : all) {
                for (Future<JsonNode> measured : runs.measured().values()) {
                    measured.get();
                }
            }
            for (Runs runs : all) {
                Recording recording = Recordings.read(List.of(runs.recorded().get()));
                for (Map.Entry<Integer, Future<JsonNode>> entry : runs.measured().entrySet()) {
                    rows.addAll(rows(runs.work(), predict(recording, runs.work(), entry.getKey()), entry.getValue()));
                }
            }
        }
        write(rows);
        assertThat(rows).hasSize(WORKS.size() * BUDGETS.size() * KEYS.size());
        assertThat(share(rows)).isBetween(0.90, 0.99);
    }

    /// The recording of a workload, and what was measured at each budget.
    private record Runs(Work work, Future<Path> recorded, Map<Integer, Future<JsonNode>> measured) {}

    private static List<Row> rows(Work work, SweepPoint point, Future<JsonNode> measured) throws InterruptedException, ExecutionException {
        JsonNode values = measured.get();
        return KEYS.stream().map(key -> new Row(work, point, key, values.get(key).asDouble())).toList();
    }

    private SweepPoint predict(Recording recording, Work work, int budget) {
        ConditionOptions conditions = ConditionOptions.NONE.over(List.of(budget), List.of()).withKvBlocks(BLOCKS);
        return new Projector(Sources.of(recording), conditions, work.options(work.measuredSeed(budget)), Progress.NONE, () -> false)
                .project().sweep().getFirst();
    }

    private Path record(Work work) throws IOException, InterruptedException {
        Path file = folder.resolve(work.name() + ".jfr");
        if (!Files.exists(file)) {
            run(work, RECORDED_BUDGET, work.recordedSeed(), List.of("--record", file.toString()));
        }
        return file;
    }

    private JsonNode measure(Work work, int budget) throws IOException, InterruptedException {
        Path file = folder.resolve(work.name() + "-" + budget + ".json");
        if (!Files.exists(file)) {
            run(work, budget, work.measuredSeed(budget), List.of("--format", "json", "-o", file.toString()));
        }
        return new ObjectMapper().readTree(file.toFile());
    }

    private void run(Work work, int budget, int seed, List<String> more) throws IOException, InterruptedException {
        Path profile = SharedData.file("kernel-profiles/llmservingsim/RTX4090");
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "-cp",
                System.getProperty("java.class.path"), Main.class.getName(), "run", "--backend", "emulated", "--kernel-profile",
                profile.toString(), "--model", "llama-3.1-8b", "--num-gpu-blocks-override", "" + BLOCKS, "--max-num-batched-tokens",
                "" + budget));
        command.addAll(work.arguments(seed));
        command.addAll(more);
        Path log = folder.resolve(work.name() + "-" + budget + ".log");
        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
        boolean ended = process.waitFor(5, TimeUnit.MINUTES);
        process.destroyForcibly();
        assertThat(ended && process.exitValue() == 0).as(Files.readString(log)).isTrue();
    }

    private static double share(List<Row> rows) {
        return rows.stream().mapToDouble(row -> row.inside() ? 1 : 0).average().orElse(0);
    }

    private void write(List<Row> rows) throws IOException {
        List<String> lines = new ArrayList<>(List.of("workload,max_num_batched_tokens,support,key,measured,predicted,low95,high95,inside"));
        for (Row row : rows) {
            lines.add(String.format(Locale.ROOT, "%s,%d,%s,%s,%.4f,%.4f,%.4f,%.4f,%b", row.work().name(),
                    row.point().maxNumBatchedTokens(), row.point().support().label(), row.key(), row.measured(), row.predicted(),
                    row.interval().low(), row.interval().high(), row.inside()));
        }
        for (String key : KEYS) {
            List<Row> some = rows.stream().filter(row -> row.key().equals(key)).toList();
            double[] errors = some.stream().mapToDouble(row -> 100 * Math.abs(row.predicted() / row.measured() - 1)).sorted().toArray();
            double[] widths = some.stream().mapToDouble(row -> 50 * (row.interval().high() - row.interval().low()) / row.predicted())
                    .sorted().toArray();
            lines.add(String.format(Locale.ROOT,
                    "# %s: %d points, error median %.2f %% worst %.1f %%, half width median %.2f %%, inside %.1f %%",
                    key, some.size(), errors[errors.length / 2], Arrays.stream(errors).max().orElse(0), widths[widths.length / 2],
                    100 * share(some)));
        }
        lines.add(String.format(Locale.ROOT, "# all: %d, inside %.1f %%", rows.size(), 100 * share(rows)));
        Files.write(folder.resolve("sweep-coverage.csv"), lines);
    }
}
