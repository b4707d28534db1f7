package dev.iterscope.projection.importer.sglang;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.iterscope.engine.schedule.StepCounts;
import dev.iterscope.projection.cli.Cli;
import dev.iterscope.projection.importer.Recordings;
import dev.iterscope.projection.model.IterationFit;
import dev.iterscope.projection.model.IterationModels;
import dev.iterscope.projection.model.IterationOptions;
import dev.iterscope.projection.model.IterationStepModel;
import dev.iterscope.projection.model.StepPrediction;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.RecordingWarning;
import dev.iterscope.projection.workload.InferredWorkload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// SGLang logs of the simulator, whose truth is known: what is found again, and whether the intervals hold it.
class SimulatedLogTest {
    private static final int SEEDS = 8;

    @TempDir
    private Path folder;

    private Recording read(List<String> lines) throws IOException {
        return Recordings.read(List.of(Files.write(folder.resolve("sglang.log"), lines)));
    }

    private static IterationStepModel fit(Recording recording) {
        return ((IterationFit.Fitted) IterationModels.fit(recording, List.of(recording), IterationOptions.DEFAULTS)).model();
    }

    private static StepCounts decode(int requests) {
        return new StepCounts(0, 0, requests, requests, 0, 1000, 0, requests, 0, 0, SimulatedServer.CHUNK, 1, 0, 0, 0, 1500 * requests, 0,
                0,
                0, 0, 0, 0, 0, 0, 0, 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 40})
    void decodeTimesAreFoundAgainAndWithinTheirIntervals(int interval) throws IOException {
        int held = 0;
        int all = 0;
        for (int seed = 1; seed <= SEEDS; seed++) {
            IterationStepModel model = fit(read(SimulatedServer.log(seed, interval, 250, 150, 200)));
            for (int requests : new int[] {8, 16, 24}) {
                double truth = SimulatedServer.trueNanos(decode(requests));
                StepPrediction predicted = model.predict(decode(requests));
                assertThat(predicted.nanos()).as("seed %d, %d requests", seed, requests).isCloseTo(truth, withinPercentage(5));
                held += predicted.low95() <= truth && truth <= predicted.high95() ? 1 : 0;
                all++;
            }
        }
        assertThat(held).as("of %d", all).isGreaterThanOrEqualTo((int) Math.ceil(0.9 * all));
    }

    @Test
    void timeWithoutRequestsIsNotThatOfBatches() throws IOException {
        Recording recording = read(SimulatedServer.log(3, 40, 60, 8000, 300));
        assertThat(recording.warnings()).extracting(RecordingWarning::code).contains("decode-lines-with-idle-time");
        assertThat(fit(recording).predict(decode(1)).nanos()).isCloseTo(SimulatedServer.trueNanos(decode(1)), withinPercentage(5));
    }

    /// How many lines were disturbed, and at an interval of 1 no advice to take one.
    @Test
    void theReportSaysWhatTheTimesRestOn() throws IOException {
        assertThat(read(SimulatedServer.log(1, 1, 30, 150, 200)).warnings())
                .anySatisfy(warning -> assertThat(warning.code()).isEqualTo("decode-lines-with-prefill-batches"))
                .allSatisfy(warning -> assertThat(warning.message()).doesNotContain("--decode-log-interval"));
        assertThat(read(SimulatedServer.log(1, 40, 30, 150, 200)).warnings())
                .anySatisfy(warning -> assertThat(warning.message()).contains("--decode-log-interval 1"));
    }

    /// What to do is said in SGLang's words.
    @Test
    void projectSpeaksOfSglangsFlags() throws IOException {
        Path log = Files.write(folder.resolve("bare.log"), SimulatedServer.log(5, 40, 60, 2000, 300).stream()
                .filter(line -> !line.contains("ServerArgs(") && !line.contains("max_total_num_tokens")).toList());
        Cli cli = Cli.run("project", log.toString(), "--draws", "0");
        assertThat(cli.code()).as(cli.err()).isZero();
        assertThat(cli.out()).contains("max_total_num_tokens", "--chunked-prefill-size", "--max-running-requests")
                .doesNotContain("vLLM prints", "vllm serve", "--enable-logging-iteration-details");
    }

    @Test
    void requestsAreInferredFromTheLines() throws IOException {
        Recording recording = read(SimulatedServer.log(2, 40, 250, 150, 200));
        InferredWorkload.Guess guess = InferredWorkload.of(recording, SimulatedServer.CHUNK, 1).orElseThrow();
        assertThat(guess.outputSeen()).isTrue();
        assertThat(guess.trace().entries().getFirst().inputTokens()).isCloseTo(1400, withinPercentage(10));
        assertThat(guess.trace().entries().getFirst().outputTokens()).isCloseTo(200, withinPercentage(15));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 10, 40, 80})
    void theIntervalIsSeenWhereTheServersArgumentsAreMissing(int interval) throws IOException {
        List<String> lines =
                SimulatedServer.log(4, interval, 60, 2000, 600).stream().filter(line -> !line.contains("ServerArgs(")).toList();
        Recording recording = read(lines);
        assertThat(recording.warnings()).filteredOn(warning -> warning.code().equals("decode-log-interval")).singleElement()
                .satisfies(warning -> assertThat(warning.message()).contains("stands for " + interval + " batches"));
        assertThat(recording.iterations().stream().filter(step -> step.contextRequests() == 0).count() - 1).isEqualTo(
                interval * (lines.stream().filter(line -> line.contains("Decode batch")).count() - 1));
    }
}
