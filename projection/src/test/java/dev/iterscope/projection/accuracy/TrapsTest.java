package dev.iterscope.projection.accuracy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.iterscope.engine.schedule.StepCounts;
import dev.iterscope.profiler.event.IterationCounts;
import dev.iterscope.profiler.event.IterationDetails;
import dev.iterscope.profiler.event.IterationRecorder;
import dev.iterscope.profiler.event.ServingSchema;
import dev.iterscope.projection.importer.Recordings;
import dev.iterscope.projection.model.FittedStepModel.Support;
import dev.iterscope.projection.model.IterationFit;
import dev.iterscope.projection.model.IterationModels;
import dev.iterscope.projection.model.IterationOptions;
import dev.iterscope.projection.model.IterationStepModel;
import dev.iterscope.projection.recording.Iteration.Mark;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.Timing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What recordings do to whoever believes them. Each trap is set in a file as a server would write it, and read as a user's would be.
class TrapsTest {
    private static final double FIXED_MS = 8;
    private static final double TOKEN_MS = 0.05;
    private static final double REQUEST_MS = 0.02;

    @TempDir
    private Path folder;

    // Asynchronous scheduling: the logged time is the wait for the oldest result.

    @Test
    void waitsForResultsAreReplacedByTheSpacingOfTimestamps() throws IOException {
        ServerLog log = new ServerLog();
        for (int i = 0; i < 4000; i++) {
            log.step(0, 0, 0, 16, 10, i % 2 == 0 ? 10.25 : 0.72);
        }
        Recording recording = Recordings.read(List.of(log.write(folder.resolve("async.log"))));

        assertThat(recording.timing().basis()).isEqualTo(Timing.Basis.TIMESTAMPS);
        assertThat(millis(fitted(recording), generation(16, 500))).isCloseTo(10, within(0.3));
    }

    @Test
    void waitsOverTooShortATimeAreRefused() throws IOException {
        ServerLog log = new ServerLog();
        for (int i = 0; i < 60; i++) {
            log.step(0, 0, 0, 16, 10, i % 2 == 0 ? 10.25 : 0.02);
        }
        Recording recording = Recordings.read(List.of(log.write(folder.resolve("short.log"))));

        IterationFit fit = IterationModels.fit(recording, IterationOptions.DEFAULTS);

        assertThat(recording.timing().basis()).isEqualTo(Timing.Basis.UNUSABLE);
        assertThat(fit).isInstanceOfSatisfying(
                IterationFit.NotPossible.class, refused -> assertThat(refused.nextMeasurement()).contains("--no-async-scheduling"));
    }

    // A saturated run: context and generation tokens together are the budget in every step.

    @Test
    void stepsOfOneSizeDoNotTellTheFixedCostFromTheCostOfATokenUntilAnotherSizeIsRecorded() throws IOException {
        Path saturated = saturated(2048, 1).write(folder.resolve("saturated.log"));
        IterationStepModel alone = fitted(Recordings.read(List.of(saturated)));

        assertThat(alone.summary().identifiable()).isFalse();
        assertThat(alone.supportFor(List.of(mixed(2048, 40)))).isEqualTo(Support.INTERPOLATED);
        assertThat(alone.supportFor(List.of(mixed(512, 40)))).isEqualTo(Support.BOUNDED);
        assertThat(alone.summary().nextMeasurement().orElseThrow()).contains("a quarter of this max-num-batched-tokens");

        // The measurement that was asked for.
        Path quarter = saturated(512, 2).write(folder.resolve("quarter.log"));
        IterationStepModel both = fitted(Recordings.read(List.of(saturated, quarter)));

        assertThat(both.supportFor(List.of(mixed(1024, 40)))).isEqualTo(Support.INTERPOLATED);
        double truth = FIXED_MS + TOKEN_MS * 1024 + REQUEST_MS * 42;
        assertThat(millis(both, mixed(1024, 40))).isCloseTo(truth, within(0.05 * truth));
    }

    // The first steps of a server are slow.

    @Test
    void coldStepsAreLeftOutAndCounted() throws IOException {
        ServerLog log = new ServerLog();
        SplittableRandom random = new SplittableRandom(3);
        for (int i = 0; i < 200; i++) {
            boolean context = i % 4 != 3;
            int generation = context ? i % 20 : 20;
            int tokens = context ? 512 + 64 * (i % 7) : 0;
            double time = time(tokens, generation, context ? 2 : 0) * (1 + 0.01 * random.nextGaussian());
            log.step(0, context ? 2 : 0, tokens, generation, i < 1 ? 3 * time : i == 3 ? 3 * time : time,
                    i < 1 || i == 3 ? 3 * time : time);
        }
        Recording recording = Recordings.read(List.of(log.write(folder.resolve("cold.log"))));
        IterationStepModel model = fitted(recording);

        double truth = time(512, 10, 2);
        assertThat(millis(model, mixed(522, 10))).isCloseTo(truth, within(0.03 * truth));
        assertThat(recording.iterations().getFirst().marks()).contains(Mark.COLD);
        assertThat(String.join(" ", model.summary().diagnosis())).contains("Left out: 2 cold steps");
    }

    /// Code that is compiled while it runs, or a profiler, makes more than the first few steps slow.
    @Test
    void aStartThatTakesLongIsLeftOutAndNoMoreThanThat() throws IOException {
        ServerLog log = new ServerLog();
        SplittableRandom random = new SplittableRandom(4);
        for (int i = 0; i < 200; i++) {
            boolean context = i % 4 != 3;
            int generation = context ? i % 20 : 20;
            int tokens = context ? 512 + 16 * (i % 4) : 0;
            double time = time(tokens, generation, context ? 2 : 0) * (1 + 0.01 * random.nextGaussian()) * (i < 10 ? 4 : 1);
            log.step(0, context ? 2 : 0, tokens, generation, time, time);
        }
        Recording recording = Recordings.read(List.of(log.write(folder.resolve("start.log"))));
        IterationStepModel model = fitted(recording);

        assertThat(String.join(" ", model.summary().diagnosis())).contains("Left out: 10 cold steps");
        double truth = time(512, 10, 2);
        assertThat(millis(model, mixed(522, 10))).isCloseTo(truth, within(0.03 * truth));
    }

    /// Something else than their batches decides what steps take: the tool says so and asks for a quieter recording.
    @Test
    void stepsThatAnythingDisturbsAreSaidToBe() throws IOException {
        ServerLog log = new ServerLog();
        SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < 300; i++) {
            boolean context = i % 4 != 3;
            int generation = context ? i % 20 : 20;
            int tokens = context ? 64 + 64 * (i % 7) : 0;
            double time = time(tokens, generation, context ? 2 : 0) * (random.nextInt(10) == 0 ? 3 : 1);
            log.step(0, context ? 2 : 0, tokens, generation, time, time);
        }
        IterationStepModel model = fitted(Recordings.read(List.of(log.write(folder.resolve("disturbed.log")))));

        assertThat(model.summary().diagnosis()).anyMatch(finding -> finding.contains("longer than their batches explain"));
        assertThat(model.summary().nextMeasurement().orElseThrow()).contains("record again with nothing else running");
    }

    // Data-parallel ranks with shared experts wait for each other.

    @Test
    void aRanksTimeIsThatOfTheRankItWaitedFor() throws IOException {
        ServerLog log = new ServerLog();
        SplittableRandom random = new SplittableRandom(4);
        for (int i = 0; i < 300; i++) {
            int[] tokens = {i % 10 == 0 ? 4000 + random.nextInt(4000) : 0, i % 10 == 5 ? 4000 + random.nextInt(4000) : 0};
            double time = Math.max(time(tokens[0], 16, tokens[0] > 0 ? 1 : 0), time(tokens[1], 16, tokens[1] > 0 ? 1 : 0));
            for (int rank = 0; rank < 2; rank++) {
                log.stepOfRank(rank, tokens[rank] > 0 ? 1 : 0, tokens[rank], 16, rank == 0 ? time : 0, time);
            }
        }
        IterationStepModel model = fitted(Recordings.read(List.of(log.write(folder.resolve("ranks.log")))));

        double truth = time(0, 16, 0);
        assertThat(millis(model, generation(16, 500))).isCloseTo(truth, within(0.05 * truth));
    }

    // The JVM collects garbage while a batch runs.

    @Test
    void stepsWithAGarbageCollectionInsideAreLeftOutAndCounted() throws IOException {
        Path file = folder.resolve("gc.jfr");
        ServingSchema.registerAll();
        try (jdk.jfr.Recording recording = new jdk.jfr.Recording()) {
            recording.enable("jdk.GCPhasePause").withoutThreshold();
            recording.start();
            IterationRecorder recorder = new IterationRecorder();
            for (int i = 0; i < 150; i++) {
                int tokens = 16 + 16 * (i % 8);
                recorder.started();
                LockSupport.parkNanos(500_000 + 10_000L * tokens);
                if (i % 5 == 2) {
                    System.gc();
                }
                recorder.resultArrived();
                recorder.commit(new Counts(i, tokens), new IterationDetails() {
                    @Override
                    public double contextAttentionPairs() {
                        return tokens * (tokens + 1.0) / 2;
                    }
                });
            }
            recording.stop();
            recording.dump(file);
        }
        Recording recording = Recordings.read(List.of(file));
        IterationStepModel model = fitted(recording);

        assertThat(recording.iterations().stream().filter(step -> step.marks().contains(Mark.PAUSED)).map(step -> step.number().orElse(-1)))
                .hasSizeBetween(30, 45)
                .contains(2L, 7L, 12L);
        // What steps without a collection took is what the model says; with them it would be several milliseconds more.
        double[] clean = recording.iterations().stream()
                .filter(step -> step.scheduledTokens() == 80 && step.marks().isEmpty())
                .mapToDouble(step -> step.elapsedNanos().orElseThrow() / 1e6)
                .sorted()
                .toArray();
        double typical = clean[clean.length / 2];
        assertThat(millis(model, context(80))).isCloseTo(typical, within(0.15 * typical));
        assertThat(String.join(" ", model.summary().diagnosis())).containsPattern("[34][0-9] with a pause inside");
    }

    private record Counts(int iteration, int contextTokens) implements IterationCounts {
        @Override
        public int contextRequests() {
            return 1;
        }

        @Override
        public int generationRequests() {
            return 0;
        }

        @Override
        public int generationTokens() {
            return 0;
        }

        @Override
        public int kvBlocksUsed() {
            return 10;
        }

        @Override
        public int kvBlocksTotal() {
            return 999;
        }

        @Override
        public int kvTokensHeld() {
            return 160;
        }

        @Override
        public int runningRequests() {
            return 1;
        }

        @Override
        public int waitingRequests() {
            return 0;
        }

        @Override
        public int preemptions() {
            return 0;
        }
    }

    private static ServerLog saturated(int budget, long seed) {
        ServerLog log = new ServerLog();
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 120; i++) {
            int generation = i / 2;
            double time = time(budget - generation, generation, 2) * (1 + 0.01 * random.nextGaussian());
            log.step(0, 2, budget - generation, generation, time, time);
        }
        return log;
    }

    private static double time(int contextTokens, int generation, int contextRequests) {
        return FIXED_MS + TOKEN_MS * (contextTokens + generation) + REQUEST_MS * (contextRequests + generation);
    }

    private static IterationStepModel fitted(Recording recording) {
        IterationFit fit = IterationModels.fit(recording, IterationOptions.DEFAULTS);
        assertThat(fit).isInstanceOf(IterationFit.Fitted.class);
        return ((IterationFit.Fitted) fit).model();
    }

    private static double millis(IterationStepModel model, StepCounts counts) {
        return model.contributions(counts).values().stream().mapToDouble(Double::doubleValue).sum() / 1e6;
    }

    private static StepCounts generation(int requests, int kv) {
        return counts(0, 0, requests, 0, requests * kv);
    }

    private static StepCounts context(int tokens) {
        return counts(1, tokens, 0, tokens * (tokens + 1.0) / 2, 0);
    }

    private static StepCounts mixed(int budget, int generation) {
        // Two chunks of half a budget, of prompts of a budget each: what replaying the log's counts gives too.
        return counts(2, budget - generation, generation, (budget - generation) * (budget / 2.0), generation * budget);
    }

    private static StepCounts counts(int contextRequests, int contextTokens, int generation, double pairs, int kv) {
        return new StepCounts(contextRequests, contextTokens, generation, generation, 0, 1000, 0, contextRequests + generation, 0, 0,
                8192, 16, 0, pairs, 0, kv, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    /// The lines of a vLLM server with iteration details on.
    private static final class ServerLog {
        private final List<String> lines = new ArrayList<>();
        private final int[] next = new int[8];
        private double nowMs = 9 * 3_600_000;

        void step(int rank, int contextRequests, int contextTokens, int generation, double passedMs, double loggedMs) {
            stepOfRank(rank, contextRequests, contextTokens, generation, passedMs, loggedMs);
        }

        void stepOfRank(int rank, int contextRequests, int contextTokens, int generation, double passedMs, double loggedMs) {
            nowMs += passedMs;
            long second = (long) (nowMs / 1000);
            lines.add(String.format(Locale.ROOT, "(EngineCore_DP%d pid=%d) INFO 02-18 %02d:%02d:%02d [core.py:387] Iteration(%d): "
                    + "%d context requests, %d context tokens, %d generation requests, %d generation tokens, "
                    + "iteration elapsed time: %.2f ms", rank, 100 + rank, second / 3600, second / 60 % 60, second % 60, next[rank]++,
                    contextRequests, contextTokens, generation, generation, loggedMs));
        }

        Path write(Path file) throws IOException {
            return Files.write(file, lines);
        }
    }
}
