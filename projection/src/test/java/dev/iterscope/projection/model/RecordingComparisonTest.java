package dev.iterscope.projection.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.Timing;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordingComparisonTest {

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aLargeChangeIsShownAndTheSameServiceIsNot(long seed) {
        Recording before = recording(seed, 1.0, 64);
        Recording same = recording(seed + 100, 1.0, 32);
        Recording faster = recording(seed + 200, 0.6, 32);

        RecordingComparison none = compare(before, same);
        RecordingComparison much = compare(before, faster);

        assertThat(none.isShown()).isFalse();
        assertThat(none.changePercent()).isCloseTo(0, within(4.0));
        assertThat(much.isShown()).isTrue();
        assertThat(much.changePercent()).isCloseTo(-40, within(5.0));
        // No term of an unchanged service is said to have changed; of the faster one the largest is.
        assertThat(none.terms()).noneMatch(RecordingComparison.TermChange::isShown);
        RecordingComparison.TermChange largest =
                much.terms().stream().max(Comparator.comparingDouble(RecordingComparison.TermChange::aNanos)).orElseThrow();
        assertThat(largest.isShown()).as(largest.toString()).isTrue();
        RecordingComparison.Change change = largest.change().orElseThrow();
        assertThat(change.percent().orElseThrow()).isBetween(change.lowPercent95().orElseThrow(), change.highPercent95().orElseThrow());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void aStepIsExplainedByItsTerms(long seed) {
        StepExplanation step = StepExplanation.of(recording(seed, 1.0, 64), 17).orElseThrow();

        assertThat(step.predictedNanos().orElseThrow())
                .isCloseTo(step.terms().values().stream().mapToDouble(Double::doubleValue).sum(), within(1.0));
        assertThat(step.excessPercent().orElseThrow()).isBetween(-15.0, 15.0);
        assertThat(StepExplanation.of(recording(seed, 1.0, 64), 99_999)).isEmpty();
    }

    private static RecordingComparison compare(Recording a, Recording b) {
        return RecordingComparison.of(a, fitted(a), b, fitted(b));
    }

    private static IterationStepModel fitted(Recording recording) {
        return ((IterationFit.Fitted) IterationModels.fit(recording, IterationOptions.DEFAULTS)).model();
    }

    /// Steps of a service whose speed is `factor`; the second recording sees another mix of batches.
    private static Recording recording(long seed, double factor, int requests) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Iteration> steps = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            int generation = 1 + random.nextInt(requests);
            int context = i % 3 == 0 ? random.nextInt(1, 256) : 0;
            long kv = generation * random.nextLong(100, 2000);
            double pairs = context * 100.0;
            double nanos = factor * (2e6 + 2e4 * (generation + context) + 20 * kv + 10 * pairs) * (1 + 0.02 * random.nextGaussian());
            steps.add(Recordings.step(0, i, OptionalLong.empty(), Math.round(nanos),
                    new int[] {context > 0 ? 1 : 0, context, generation, generation},
                    Optional.of(Recordings.detail(pairs, kv, OptionalLong.empty(), OptionalLong.empty()))));
        }
        return Recordings.of(steps, Timing.Basis.STEP);
    }
}
