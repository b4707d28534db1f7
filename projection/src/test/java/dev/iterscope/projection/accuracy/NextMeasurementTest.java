package dev.iterscope.projection.accuracy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.iterscope.engine.schedule.StepCounts;
import dev.iterscope.projection.answer.ConditionOptions;
import dev.iterscope.projection.answer.Projector;
import dev.iterscope.projection.answer.Sources;
import dev.iterscope.projection.importer.Recordings;
import dev.iterscope.projection.importer.kernels.KernelKinds;
import dev.iterscope.projection.model.FittedStepModel.Support;
import dev.iterscope.projection.model.MissingData;
import dev.iterscope.projection.progress.Progress;
import dev.iterscope.projection.report.JsonReport;
import dev.iterscope.projection.report.ProjectionReport;
import dev.iterscope.projection.report.TextReport;
import dev.iterscope.projection.search.NextMeasurement;
import dev.iterscope.projection.search.Setting;
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
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whoever takes the measurement that a point asks for gets a point that is interpolated: a server whose step times are known writes the
/// log, is projected, is run as the report says and for as long, and is projected from both logs.
class NextMeasurementTest {
    private static final int SEQUENCES = 64;
    private static final int BLOCKS = 20_000;

    @TempDir
    private Path folder;

    private static final SimulatedServer SERVER = new SimulatedServer(8e6, 50e3, 2, 100, 30e3, SEQUENCES, BLOCKS);

    private static WorkloadOptions work(int seed, int requests, double rate) {
        return work(seed, requests, rate, 900);
    }

    private static WorkloadOptions work(int seed, int requests, double rate, int input) {
        return new WorkloadOptions(Optional.empty(), OptionalInt.of(requests), OptionalInt.of(input), OptionalInt.of(60),
                OptionalDouble.of(0.8), OptionalDouble.of(rate), OptionalDouble.empty(), OptionalInt.empty(), Optional.empty(), seed, true);
    }

    private Path log(String name, Setting setting, WorkloadOptions work, long steps, Predicate<StepCounts> wanted) throws IOException {
        return SERVER.log(folder.resolve(name), setting.maxNumBatchedTokens(), work, steps, wanted);
    }

    private static ProjectionReport project(WorkloadOptions work, List<Integer> budgets, Path... logs) {
        Recordings.Runs runs = Recordings.readRuns(List.of(logs), KernelKinds.standard());
        ConditionOptions conditions = ConditionOptions.NONE.over(budgets, List.of(SEQUENCES)).withKvBlocks(BLOCKS).withDraws(0);
        return new Projector(Sources.of(runs.merged(), runs.each()), conditions, work, Progress.NONE, () -> false).project();
    }

    private static SweepPoint point(ProjectionReport report, int budget) {
        return report.sweep().stream().filter(point -> point.maxNumBatchedTokens() == budget).findFirst().orElseThrow();
    }

    /// Does what the point asks for, and checks this point and all that it says are determined with it.
    private void follow(Path recorded, ProjectionReport report, WorkloadOptions work, int budget) throws IOException {
        NextMeasurement next = point(report, budget).next().orElseThrow();
        MissingData.Steps steps = (MissingData.Steps) next.missing();
        Path more = log("more-" + budget + ".log", next.setting(), work, steps.steps(), counts -> true);

        ProjectionReport both = project(work, report.sweep().stream().map(SweepPoint::maxNumBatchedTokens).toList(), recorded, more);

        for (Setting setting : next.determines()) {
            SweepPoint point = point(both, setting.maxNumBatchedTokens());
            assertThat(point.support()).as("%d after %s", setting.maxNumBatchedTokens(), next.words()).isEqualTo(Support.INTERPOLATED);
            assertThat(point.next()).isEmpty();
        }
    }

    @Test
    void largerBudgetsThanRecordedAskForTheirOwnSteps() throws IOException {
        WorkloadOptions work = work(2, 60, 4, 2500);
        Path recorded = log("server.log", new Setting(512, SEQUENCES), work(1, 60, 4, 2500), Long.MAX_VALUE, counts -> true);
        ProjectionReport report = project(work, List.of(256, 512, 1024, 2048), recorded);

        assertThat(point(report, 256).support()).isEqualTo(Support.INTERPOLATED);
        assertThat(point(report, 256).next()).isEmpty();
        SweepPoint large = point(report, 2048);
        assertThat(large.support()).isEqualTo(Support.EXTRAPOLATED);
        assertThat(large.next().orElseThrow().reason()).matches("steps hold up to [\\d,]+ .*, and at most [\\d,]+ were recorded");
        // A recording with larger steps has the smaller ones of 1024 among them.
        assertThat(large.next().orElseThrow().determines())
                .contains(new Setting(2048, SEQUENCES), new Setting(1024, SEQUENCES));
        follow(recorded, report, work, 1024);
        follow(recorded, report, work, 2048);
    }

    @Test
    void stepsOfOneSizeAskForAnotherSize() throws IOException {
        WorkloadOptions work = work(2, 120, Double.POSITIVE_INFINITY);
        Path recorded = log("full.log", new Setting(512, SEQUENCES), work(1, 120, Double.POSITIVE_INFINITY), Long.MAX_VALUE,
                counts -> counts.scheduledTokens() == 512);
        ProjectionReport report = project(work, List.of(128, 512), recorded);

        SweepPoint small = point(report, 128);
        assertThat(small.support()).isEqualTo(Support.BOUNDED);
        assertThat(small.next().orElseThrow().reason()).contains("do not tell apart", "the fixed cost of a step");
        follow(recorded, report, work, 128);
    }

    @Test
    void aRecordingThatBeganAfterThePromptsAsksForPrompts() throws IOException {
        WorkloadOptions work = work(2, 50, Double.POSITIVE_INFINITY);
        Path recorded = log("late.log", new Setting(512, SEQUENCES), work(1, 50, Double.POSITIVE_INFINITY), Long.MAX_VALUE,
                counts -> counts.contextRequests() == 0);
        ProjectionReport report = project(work, List.of(512), recorded);

        SweepPoint point = point(report, 512);
        assertThat(point.support()).isEqualTo(Support.BOUNDED);
        MissingData.Steps missing = (MissingData.Steps) point.next().orElseThrow().missing();
        assertThat(missing.batch().contextTokens()).isPositive();
        follow(recorded, report, work, 512);
    }

    @Test
    void everyReportNamesTheMeasurementOfThePointAndACommand() throws IOException {
        WorkloadOptions work = work(2, 60, 4, 2500);
        Path recorded = log("server.log", new Setting(512, SEQUENCES), work(1, 60, 4, 2500), Long.MAX_VALUE, counts -> true);
        ProjectionReport report = project(work, List.of(256, 2048), recorded);
        StringWriter text = new StringWriter();
        StringWriter json = new StringWriter();
        TextReport.writeSweep(report, new PrintWriter(text), 400, false);
        JsonReport.writeSweep(report, new PrintWriter(json));

        String command = sweepCommand(json.toString());
        assertThat(command).contains(
                "vllm serve \"$MODEL\" --enable-logging-iteration-details --max-num-batched-tokens 2048 --max-num-seqs 64 >",
                "  : \"${MODEL:?set it to ", "vllm bench serve --model \"$MODEL\"",
                "&& iterscope project server.log mbnt-2048.log mbnt-2048.json");
        assertThat(text.toString().replaceAll(" \\\\\n +", " ")).contains("Next measurement, point by point", "2048",
                "extrapolated: steps hold up to", command);
        JsonNode sweep = new ObjectMapper().readTree(json.toString()).get("sweep");
        assertThat(sweep.at("/0/next_measurement").isNull()).isTrue();
        assertThat(sweep.at("/1/next_measurement/steps").asInt()).isBetween(50, 2000);
    }

    private static String sweepCommand(String json) throws IOException {
        return new ObjectMapper().readTree(json).at("/sweep/1/next_measurement/command").asText();
    }
}
