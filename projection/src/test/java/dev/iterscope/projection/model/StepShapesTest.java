package dev.iterscope.projection.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.iterscope.engine.schedule.StepCounts;
import dev.iterscope.projection.model.DenseShape.Padding;
import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.Timing;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Steps whose time grows in stairs, as matrix products over whole tiles do, and what no shape holds.
class StepShapesTest {
    private static final double MS = 1e6;

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 2", "3, 4", "5, 8", "8, 8", "9, 12", "12, 12", "13, 13", "15, 16", "17, 20", "24, 24"})
    void registerBlocksTakeTheRestInTheSmallestThatHoldsIt(int rows, int computed) {
        assertThat(new Padding(12, true).of(rows)).isEqualTo(computed);
    }

    /// Gap, and half of the largest power of two up to 256 that is less than twice as wide.
    @ParameterizedTest
    @CsvSource({"472, 128", "129, 128", "128, 64", "60, 32", "9, 8", "2, 1"})
    void tilesHideBetweenSizesFartherApartThanHalfOfThem(int gap, double hidden) {
        IntToDoubleFunction none = tokens -> MS;
        List<Iteration> two = List.of(sized(0, 5, none), sized(1, 1000, none), sized(2, 1000 + gap, none));
        RecordedSizes sizes = RecordedSizes.of(
                StepSamples.of(Recordings.of(two, Timing.Basis.STEP), KvSource.NONE).samples(), RecordedSizes.ACCELERATOR_TILE);

        assertThat(sizes.around(1000).hidden()).isZero();
        assertThat(sizes.around(1001).hidden()).isEqualTo(hidden);
    }

    @Test
    void aSizeBetweenSizesFarApartIsNotInterpolated() {
        // One tile of 256 takes 16 ms, two take 30; generation alone, and full steps of 512.
        IntToDoubleFunction truth = tokens -> (2 + 14 * Math.ceilDiv(tokens, 256) + 0.01 * tokens) * MS;
        List<Iteration> apart = new ArrayList<>();
        List<Iteration> close = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            apart.add(sized(i, i % 2 == 0 ? 512 : 1 + i % 40, truth));
            close.add(sized(i, i % 2 == 0 ? 512 - i : 1 + i % 40, truth));
        }

        assertThat(support(apart, 256)).isEqualTo(FittedStepModel.Support.EXTRAPOLATED);
        assertThat(support(apart, 20)).isEqualTo(FittedStepModel.Support.INTERPOLATED);
        assertThat(support(apart, 512)).isEqualTo(FittedStepModel.Support.INTERPOLATED);
        assertThat(support(close, 256)).isEqualTo(FittedStepModel.Support.INTERPOLATED);
    }

    /// In steps that only generate a request is a token. Where prompts of many tokens are cheap, a fit charges requests with what the tiles
    /// of generation cost, and a stair may hide between sizes far apart all the same.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aSizeBetweenSizesFarApartIsNotInterpolatedInStepsThatOnlyGenerateEither(boolean prompts) {
        IntToDoubleFunction truth = tokens -> (2 + 14 * Math.ceilDiv(tokens, 128) + 0.01 * tokens) * MS;
        List<Iteration> apart = new ArrayList<>();
        List<Iteration> close = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            apart.add(generating(i, i % 2 == 0 ? 1 + i % 40 : 240 + i % 17, truth));
            close.add(generating(i, 1 + i * 37 % 256, truth));
            if (prompts) {
                Iteration prompt = sized(0, 512, tokens -> 18 * MS);
                apart.add(prompt);
                close.add(prompt);
            }
        }

        assertThat(fitted(apart).supportFor(List.of(counts(120, 1000)))).isEqualTo(FittedStepModel.Support.EXTRAPOLATED);
        assertThat(fitted(apart).supportFor(List.of(counts(20, 1000)))).isEqualTo(FittedStepModel.Support.INTERPOLATED);
        assertThat(fitted(apart).supportFor(List.of(counts(250, 1000)))).isEqualTo(FittedStepModel.Support.INTERPOLATED);
        assertThat(fitted(close).supportFor(List.of(counts(120, 1000)))).isEqualTo(FittedStepModel.Support.INTERPOLATED);
    }

    private static Iteration generating(int number, int requests, IntToDoubleFunction truth) {
        return Recordings.step(0, number, OptionalLong.empty(), Math.round(truth.applyAsDouble(requests)),
                new int[] {0, 0, requests, requests},
                Optional.of(Recordings.detail(0, 100, OptionalLong.empty(), OptionalLong.empty())));
    }

    private static FittedStepModel.Support support(List<Iteration> steps, int tokens) {
        StepCounts prompt = new StepCounts(1, tokens, 0, 0, 0, 1000, 0, 1, 0, 0, 8192, 16, 0, 0, 0, 100, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        return fitted(steps).supportFor(List.of(prompt));
    }

    /// Prompts; every fourth step generates instead, if it is small.
    private static Iteration sized(int number, int tokens, IntToDoubleFunction truth) {
        int[] counts = number % 4 == 3 && tokens < 50 ? new int[] {0, 0, tokens, tokens} : new int[] {1, tokens, 0, 0};
        return Recordings.step(0, number, OptionalLong.empty(), Math.round(truth.applyAsDouble(tokens)), counts,
                Optional.of(Recordings.detail(0, 100, OptionalLong.empty(), OptionalLong.empty())));
    }

    @ParameterizedTest
    @CsvSource({"1, 128", "128, 128", "129, 256", "256, 256", "1000, 1024"})
    void tilesAreComputedWhole(int rows, int computed) {
        assertThat(new Padding(128, false).of(rows)).isEqualTo(computed);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void stepsBeyondTheRecordedOnesFollowTheTilesOfTheDevice(long seed) {
        // Reads the weights in 16 ms, then 11 ms for each further tile of 128 tokens: the last step of 512 is cheap for a token.
        IntToDoubleFunction truth = tokens -> (16 + 0.02 * Math.min(tokens, 256) + 11 * Math.max(0, Math.ceilDiv(tokens, 128) - 2)) * MS;
        IterationStepModel model = fitted(steps(seed, 600, 512, truth, 0.03));

        assertThat(model.shape().padding()).isEqualTo(new Padding(128, false));
        for (int tokens : new int[] {272, 512, 1024, 1030, 2048}) {
            assertThat(predicted(model, tokens)).as("%d tokens", tokens).isCloseTo(truth.applyAsDouble(tokens), within(
                    0.05 * truth.applyAsDouble(tokens)));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void registerBlocksOfAProcessorAreFoundInSmallBatches(long seed) {
        Padding blocks = new Padding(12, true);
        IntToDoubleFunction truth = tokens -> (26 + 6 * Math.max(0, blocks.of(tokens) - 2)) * MS;
        IterationStepModel model = fitted(steps(seed, 400, 40, truth, 0.04));

        for (int tokens : new int[] {1, 2, 3, 4, 5, 8, 9, 12, 24}) {
            assertThat(predicted(model, tokens)).as("%d tokens", tokens).isCloseTo(truth.applyAsDouble(tokens), within(
                    0.07 * truth.applyAsDouble(tokens)));
        }
    }

    @Test
    void whatTheTermsLeaveOverIsKnownWhereStepsWereRecordedAndOpenElsewhere() {
        // No shape has a dent at one size.
        IntToDoubleFunction truth = tokens -> (10 + 0.05 * tokens) * (tokens == 7 ? 0.8 : 1) * MS;
        IterationStepModel model = fitted(steps(4, 800, 16, truth, 0.02));
        LeftOver leftOver = model.shapes().getFirst().leftOver();

        assertThat(predicted(model, 7)).isCloseTo(truth.applyAsDouble(7), within(0.05 * truth.applyAsDouble(7)));
        assertThat(predicted(model, 12)).isCloseTo(truth.applyAsDouble(12), within(0.03 * truth.applyAsDouble(12)));
        assertThat(leftOver.deviation(false, 12)).isLessThan(0.02);
        assertThat(leftOver.deviation(false, 400)).isGreaterThan(2 * leftOver.deviation(false, 12));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void oneColdStepDoesNotSlowDownAllOfItsSize(int coldSteps) {
        List<Iteration> steps = new ArrayList<>(steps(9, 400, 300, line(1), 0.15));
        steps.removeIf(step -> Math.abs(step.generationTokens() - 64) <= 6);
        steps.addAll(0, steps(10, 200, 70, tokens -> 10 * line(1).applyAsDouble(tokens), 0).stream()
                .filter(step -> step.generationTokens() == 64)
                .limit(coldSteps)
                .toList());
        double truth = line(1).applyAsDouble(64);

        assertThat(predicted(fitted(steps), 64)).isBetween(0.8 * truth, 1.25 * truth);
    }

    @Test
    void aDrawScattersStepsAsTheRecordedOnesDidAndTheSameStepAlike() {
        IterationStepModel model = fitted(steps(5, 800, 300, tokens -> (10 + 0.05 * tokens) * MS, 0.10));
        LinearStepTimes draw = (LinearStepTimes) model.draw(0, 1);
        double[] ratios = new double[400];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = draw.deviceNanos(counts(100, 1000 + i)) / predicted(model, 100);
        }

        assertThat(draw.deviceNanos(counts(100, 1000))).isEqualTo(draw.deviceNanos(counts(100, 1000)));
        assertThat(deviation(ratios) / Arrays.stream(ratios).average().orElse(0)).isBetween(0.07, 0.13);
        assertThat(model.point()).isInstanceOf(LinearStepTimes.class);
        assertThat(((LinearStepTimes) model.point()).deviceNanos(counts(100, 1000)))
                .isEqualTo(((LinearStepTimes) model.point()).deviceNanos(counts(100, 1001)));
    }

    @Test
    void runsThatDifferWidenTheDrawsAndRunsThatAgreeNarrowThem() {
        IterationStepModel alone = fitted(steps(6, 400, 300, line(1), 0.02));
        IterationStepModel differing = repeated(0.85, 0.97, 1.05, 1.2);
        IterationStepModel agreeing = repeated(1.001, 0.999, 1.0, 1.002);

        assertThat(spread(differing)).isGreaterThan(2 * spread(alone));
        assertThat(spread(agreeing)).isLessThan(0.75 * spread(alone));
        assertThat(alone.summary().diagnosis()).anyMatch(finding -> finding.contains("assumed to differ by 4 %"));
        assertThat(differing.summary().diagnosis()).anyMatch(finding -> finding.contains("from 4 recordings"));
    }

    @Test
    void sourcesOfOneRunAreNoRepetitions() {
        List<Iteration> steps = steps(7, 100, 300, line(1), 0.02);
        List<Iteration> timed = new ArrayList<>();
        for (int i = 0; i < steps.size(); i++) {
            Iteration step = steps.get(i);
            timed.add(Recordings.step(0, i, OptionalLong.of(1_000_000_000L * i), step.elapsedNanos().orElseThrow(),
                    new int[] {0, 0, step.generationRequests(), step.generationTokens()}, step.detail()));
        }
        Recording run = Recordings.of(timed, Timing.Basis.STEP);

        assertThat(BetweenRuns.separate(List.of(run, run))).hasSize(1);
        assertThat(BetweenRuns.deviation(List.of(0.1), 0.04)).isEmpty();
        assertThat(BetweenRuns.deviation(List.of(0.1, -0.1), 0.04).orElseThrow()).isCloseTo(
                Math.sqrt((0.04 * 0.04 + 2 * 0.1 * 0.1) / 2), within(1e-12));
    }

    private static IntToDoubleFunction line(double factor) {
        return tokens -> factor * (10 + 0.05 * tokens) * MS;
    }

    private static IterationStepModel repeated(double... factors) {
        List<Recording> runs = new ArrayList<>();
        List<Iteration> all = new ArrayList<>();
        for (double factor : factors) {
            List<Iteration> steps = steps(8 + runs.size(), 400, 300, line(factor), 0.02);
            runs.add(Recordings.of(steps, Timing.Basis.STEP));
            all.addAll(steps);
        }
        IterationFit fit = IterationModels.fit(Recordings.of(all, Timing.Basis.STEP), runs, IterationOptions.DEFAULTS);
        return ((IterationFit.Fitted) fit).model();
    }

    /// Relative deviation of a step's time over many draws, single steps' scatter averaged out.
    private static double spread(IterationStepModel model) {
        double[] means = new double[200];
        for (int i = 0; i < means.length; i++) {
            LinearStepTimes draw = (LinearStepTimes) model.draw(i, 3);
            for (int step = 0; step < 50; step++) {
                means[i] += draw.deviceNanos(counts(100, step)) / 50.0;
            }
        }
        return deviation(means) / Arrays.stream(means).average().orElse(0);
    }

    private static double deviation(double[] values) {
        double mean = Arrays.stream(values).average().orElse(0);
        return Math.sqrt(Arrays.stream(values).map(value -> (value - mean) * (value - mean)).average().orElse(0));
    }

    /// Steps that only generate, of 1 to so many tokens, small and large ones alike.
    private static List<Iteration> steps(long seed, int count, int most, IntToDoubleFunction nanos, double noise) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Iteration> steps = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int tokens = (int) Math.round(Math.exp(random.nextDouble() * Math.log(most)));
            double time = nanos.applyAsDouble(tokens) * (1 + noise * random.nextGaussian());
            steps.add(Recordings.step(0, i, OptionalLong.empty(), Math.round(time), new int[] {0, 0, tokens, tokens},
                    Optional.of(Recordings.detail(0, 100, OptionalLong.empty(), OptionalLong.empty()))));
        }
        return steps;
    }

    private static IterationStepModel fitted(List<Iteration> steps) {
        return ((IterationFit.Fitted) IterationModels.fit(Recordings.of(steps, Timing.Basis.STEP), IterationOptions.DEFAULTS)).model();
    }

    private static double predicted(IterationStepModel model, int tokens) {
        return ((LinearStepTimes) model.point()).deviceNanos(counts(tokens, 1000));
    }

    private static StepCounts counts(int tokens, int held) {
        return new StepCounts(0, 0, tokens, tokens, 0, 1000, held, tokens, 0, 0, 8192, 16, 0, 0, 0, 100, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }
}
