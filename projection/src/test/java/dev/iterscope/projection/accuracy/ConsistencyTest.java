package dev.iterscope.projection.accuracy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.projection.answer.ConditionOptions;
import dev.iterscope.projection.answer.Projector;
import dev.iterscope.projection.answer.Sources;
import dev.iterscope.projection.importer.Recordings;
import dev.iterscope.projection.importer.kernels.KernelKinds;
import dev.iterscope.projection.progress.Progress;
import dev.iterscope.projection.report.JsonReport;
import dev.iterscope.projection.report.ProjectionReport;
import dev.iterscope.projection.search.Interval95;
import dev.iterscope.projection.search.Recommendation.Verdict;
import dev.iterscope.projection.search.Slo;
import dev.iterscope.projection.search.SweepPoint;
import dev.iterscope.projection.workload.WorkloadOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What recordings of one service say together, for random services whose steps are known.
class ConsistencyTest {
    private static final int SEQUENCES = 64;
    private static final int BLOCKS = 20_000;
    private static final int RECORDED = 512;
    private static final int TRIED = 256;

    @TempDir
    private Path folder;

    private static SimulatedServer server(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return new SimulatedServer(
                3e6 + 9e6 * random.nextDouble(), 10e3 + 60e3 * random.nextDouble(), 3 * random.nextDouble(), 120 * random.nextDouble(),
                30e3 * random.nextDouble(), SEQUENCES, BLOCKS);
    }

    private static WorkloadOptions work(long seed) {
        return new WorkloadOptions(Optional.empty(), OptionalInt.of(60), OptionalInt.of(900), OptionalInt.of(60), OptionalDouble.of(0.8),
                OptionalDouble.of(4), OptionalDouble.empty(), OptionalInt.empty(), Optional.empty(), seed, true);
    }

    private static ProjectionReport project(long seed, Slo slo, Path... logs) {
        Recordings.Runs runs = Recordings.readRuns(List.of(logs), KernelKinds.standard());
        ConditionOptions conditions = ConditionOptions.NONE.over(List.of(128, TRIED, RECORDED, 1024), List.of(SEQUENCES))
                .withKvBlocks(BLOCKS).within(slo);
        return new Projector(Sources.of(runs.merged(), runs.each()), conditions, work(seed), Progress.NONE, () -> false).project();
    }

    private static String json(ProjectionReport report) {
        StringWriter text = new StringWriter();
        JsonReport.writeProject(report, new PrintWriter(text));
        return text.toString();
    }

    private static Interval95 latency(ProjectionReport report, int budget) {
        SweepPoint point = report.sweep().stream().filter(row -> row.maxNumBatchedTokens() == budget).findFirst().orElseThrow();
        return point.interval("mean_e2el_ms").orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void theOrderOfFilesChangesNothing(long seed) throws IOException {
        Path one = server(seed).log(folder.resolve("one.log"), RECORDED, work(seed), 300, counts -> true);
        Path other = server(seed).log(folder.resolve("other.log"), TRIED, work(seed + 100), 300, counts -> true);
        Slo slo = Slo.parse("p99_itl_ms<=60");
        assertThat(json(project(seed, slo, other, one))).isEqualTo(json(project(seed, slo, one, other)));
    }

    /// Where runs differ by no more than what is assumed of runs without repetitions.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void aRecordingOfASettingNeverWidensItsInterval(long seed) throws IOException {
        Path one = server(seed).log(folder.resolve("one.log"), RECORDED, work(seed), 300, counts -> true);
        Path tried = server(seed).log(folder.resolve("tried.log"), TRIED, work(seed + 100), 300, counts -> true);
        Interval95 before = latency(project(seed, Slo.NONE, one), TRIED);
        Interval95 after = latency(project(seed, Slo.NONE, one, tried), TRIED);
        assertThat(after.high() - after.low()).isLessThanOrEqualTo(before.high() - before.low());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void theAnswerNamesASettingThatIsInTheTable(long seed) throws IOException {
        Path one = server(seed).log(folder.resolve("one.log"), RECORDED, work(seed), 300, counts -> true);
        ProjectionReport report = project(seed, Slo.parse("p99_itl_ms<=40"), one);
        if (report.recommendation().verdict() == Verdict.REFUSE) {
            assertThat(report.recommendation().nextMeasurement()).isPresent();
        } else {
            assertThat(report.recommendedPoint()).isPresent();
            assertThat(report.recommendation().reasons()).isNotEmpty();
        }
    }
}
