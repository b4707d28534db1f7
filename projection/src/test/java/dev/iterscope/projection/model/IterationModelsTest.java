package dev.iterscope.projection.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.iterscope.engine.schedule.StepCounts;
import dev.iterscope.projection.model.FittedStepModel.Support;
import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.Iteration.Mark;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.Timing;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IterationModelsTest {
    /// The cost that synthetic steps are made from: nanoseconds per step, token, pair, KV token, request.
    private static final double[] TRUTH = {2e6, 20e3, 15, 40, 9e3};

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void findsTheCostThatStepsWereMadeFrom(long seed) {
        IterationStepModel model = fitted(Recordings.of(varied(seed, 600, 0.03), Timing.Basis.STEP));

        assertThat(model.summary().identifiable()).isTrue();
        assertThat(model.coefficients()[StepTerm.FIXED.index()]).isCloseTo(TRUTH[0], within(0.25 * TRUTH[0]));
        assertThat(model.coefficients()[StepTerm.DENSE.index()]).isCloseTo(TRUTH[1], within(0.05 * TRUTH[1]));
        assertThat(model.coefficients()[StepTerm.CONTEXT_ATTENTION.index()]).isCloseTo(TRUTH[2], within(0.15 * TRUTH[2]));
        assertThat(model.coefficients()[StepTerm.GENERATION_ATTENTION.index()]).isCloseTo(TRUTH[3], within(0.15 * TRUTH[3]));
        assertThat(model.stepDeviation()).isBetween(0.015, 0.05);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void pausesAndOutliersDoNotMoveTheFit(long seed) {
        List<Iteration> steps = varied(seed, 600, 0.02);
        List<Iteration> disturbed = new ArrayList<>();
        for (int i = 0; i < steps.size(); i++) {
            Iteration step = steps.get(i);
            long elapsed = step.elapsedNanos().orElseThrow();
            boolean paused = i % 10 == 3;
            boolean outlier = i % 17 == 5;
            disturbed.add(Recordings.step(0, i, OptionalLong.empty(), paused ? elapsed + 80_000_000 : outlier ? 3 * elapsed : elapsed,
                    new int[] {step.contextRequests(), step.contextTokens(), step.generationRequests(), step.generationTokens()},
                    step.detail(), paused ? new Mark[] {Mark.PAUSED} : new Mark[0]));
        }

        IterationStepModel clean = fitted(Recordings.of(steps, Timing.Basis.STEP));
        IterationStepModel model = fitted(Recordings.of(disturbed, Timing.Basis.STEP));

        StepCounts step = counts(1, 256, 20, 256 * 100.0, 20 * 500);
        assertThat(predicted(model, step)).isCloseTo(predicted(clean, step), within(0.03 * predicted(clean, step)));
        assertThat(String.join(" ", model.summary().diagnosis())).contains("60 with a pause");
    }

    @Test
    void doesNotPretendToSeparateWhatASaturatedLogHoldsConstant() throws IOException {
        Recording log = Recordings.vllmLog(Recordings.shared("vllm-iteration-logs/kimi-k2.5-8xh200-tp8-mbnt8000.log"));
        IterationStepModel model = fitted(log);

        assertThat(model.summary().identifiable()).isFalse();
        assertThat(model.knows(StepTerm.FIXED)).isFalse();
        assertThat(model.knows(StepTerm.DENSE)).isFalse();
        assertThat(model.summary().nextMeasurement()).isPresent();
        assertThat(model.summary().diagnosis().getFirst()).contains("8000 tokens");
        // What the log holds constant in sum, but exchanges, is known: 0.54 ms for a context token that becomes a request.
        StepCounts ten = counts(2, 7990, 10, 7990 * 4000.0, 10 * 8030);
        StepCounts forty = counts(2, 7960, 40, 7960 * 4000.0, 40 * 8030);
        assertThat(model.supportFor(List.of(ten, forty))).isEqualTo(Support.INTERPOLATED);
        assertThat((predicted(model, forty) - predicted(model, ten)) / 30e6).isBetween(0.35, 0.75);
        // Another budget, or generation alone, was never seen.
        assertThat(model.supportFor(List.of(counts(1, 2000, 10, 2000 * 4000.0, 10 * 8030)))).isEqualTo(Support.BOUNDED);
        assertThat(model.supportFor(List.of(counts(0, 0, 20, 0, 20 * 8030)))).isEqualTo(Support.BOUNDED);
    }

    @Test
    void coupledRanksCountOnceWithTheBusiestRanksWork() throws IOException {
        Recording log = Recordings.vllmLog(Recordings.shared("vllm-iteration-logs/kimi-k2.5-8xh200-tp4dp2-mbnt65536.log"));
        IterationStepModel model = fitted(log);

        // Rank 1 shows 2346 ms for 16 generating requests because rank 0 prefilled; taken alone it would spoil this.
        assertThat(predicted(model, counts(0, 0, 16, 0, 16 * 7690)) / 1e6).isBetween(20.0, 21.2);
        assertThat(String.join(" ", model.summary().diagnosis())).contains("wait for each other");
    }

    @Test
    void asynchronousWaitsAreTimedByTheirTimestamps() {
        // Two steps of 10 ms each, whose waits for the result show 10.25 and 0.02 ms: the elapsed times are not the steps' own.
        List<Iteration> steps = new ArrayList<>();
        for (int i = 0; i < 4000; i++) {
            long end = (i + 1) * 10_000_000L / 1_000_000_000L * 1_000_000_000L;
            steps.add(Recordings.step(0, i, OptionalLong.of(end), i % 2 == 0 ? 10_250_000 : 20_000, new int[] {0, 0, 16, 16},
                    Optional.empty()));
        }

        IterationStepModel model = fitted(Recordings.of(steps, Timing.Basis.TIMESTAMPS));

        assertThat(predicted(model, counts(0, 0, 16, 0, 16 * 1000)) / 1e6).isCloseTo(10, within(0.3));
    }

    @Test
    void unusableTimesAreNotFitted() {
        IterationFit fit = IterationModels.fit(Recordings.of(varied(1, 100, 0.02), Timing.Basis.UNUSABLE), IterationOptions.DEFAULTS);

        assertThat(fit).isInstanceOf(IterationFit.NotPossible.class);
    }

    @ParameterizedTest
    @ValueSource(longs = {7, 8, 9})
    void drawsDependOnIndexAndSeedOnly(long seed) {
        IterationStepModel model = fitted(Recordings.of(varied(seed, 300, 0.05), Timing.Basis.STEP));

        assertThat(model.drawCoefficients(3, 11)).isEqualTo(model.drawCoefficients(3, 11));
        assertThat(model.drawCoefficients(3, 11)).isNotEqualTo(model.drawCoefficients(4, 11));
        assertThat(model.drawCoefficients(3, 11)).isNotEqualTo(model.drawCoefficients(3, 12));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aFloorOfTheWeightPassIsFound(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Iteration> steps = new ArrayList<>();
        for (int i = 0; i < 800; i++) {
            int generation = 1 + random.nextInt(60);
            int context = i % 2 == 0 ? 0 : random.nextInt(1, 500);
            double nanos = Math.max(5e6, (generation + context) * 5e6 / 128) * (1 + 0.02 * random.nextGaussian());
            steps.add(Recordings.step(0, i, OptionalLong.empty(), Math.round(nanos),
                    new int[] {context == 0 ? 0 : 1, context, generation, generation},
                    Optional.of(Recordings.detail(context * 50.0, generation * random.nextLong(100, 2000), OptionalLong.empty(),
                            OptionalLong.empty()))));
        }

        IterationStepModel model = fitted(Recordings.of(steps, Timing.Basis.STEP));

        assertThat(model.shape()).isEqualTo(new DenseShape(DenseShape.Form.FLOOR, 128));
        assertThat(predicted(model, counts(0, 0, 8, 0, 8 * 500)) / 1e6).isCloseTo(5, within(0.1));
    }

    @Test
    void hostTimeIsKeptApart() {
        List<Iteration> steps = new ArrayList<>();
        SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < 200; i++) {
            int requests = 1 + random.nextInt(64);
            steps.add(Recordings.step(0, i, OptionalLong.empty(), 4_000_000, new int[] {0, 0, requests, requests}, Optional.of(
                    Recordings.detail(0, requests * 100L, OptionalLong.of(20_000 + 1_000L * requests), OptionalLong.of(10_000)))));
        }

        HostCost host = fitted(Recordings.of(steps, Timing.Basis.STEP)).host();

        assertThat(host.fixedNanos()).isCloseTo(30_000, within(1_500.0));
        assertThat(host.perRequestNanos()).isCloseTo(1_000, within(50.0));
    }

    /// Steps with independent amounts of every kind of work.
    private static List<Iteration> varied(long seed, int count, double noise) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Iteration> steps = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int generation = random.nextInt(64);
            int contextRequests = random.nextInt(3);
            int context = contextRequests * random.nextInt(1, 300);
            if (generation + context == 0) {
                generation = 1;
            }
            double pairs = context * (double) random.nextInt(50, 3000);
            long kv = generation * random.nextLong(50, 4000);
            double nanos = TRUTH[0] + TRUTH[1] * (context + generation) + TRUTH[2] * pairs + TRUTH[3] * kv
                    + TRUTH[4] * (contextRequests + generation);
            steps.add(Recordings.step(0, i, OptionalLong.empty(), Math.round(nanos * (1 + noise * random.nextGaussian())),
                    new int[] {contextRequests, context, generation, generation},
                    Optional.of(Recordings.detail(pairs, kv, OptionalLong.empty(), OptionalLong.empty()))));
        }
        return steps;
    }

    private static IterationStepModel fitted(Recording recording) {
        IterationFit fit = IterationModels.fit(recording, IterationOptions.DEFAULTS);
        assertThat(fit).isInstanceOf(IterationFit.Fitted.class);
        return ((IterationFit.Fitted) fit).model();
    }

    private static double predicted(IterationStepModel model, StepCounts counts) {
        return ((LinearStepTimes) model.point()).deviceNanos(counts);
    }

    private static StepCounts counts(int contextRequests, int contextTokens, int generation, double pairs, int kv) {
        return new StepCounts(contextRequests, contextTokens, generation, generation, 0, 1000, 0, contextRequests + generation, 0, 0,
                8192, 16, 0, pairs, 0, kv, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }
}
