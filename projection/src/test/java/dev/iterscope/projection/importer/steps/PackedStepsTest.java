package dev.iterscope.projection.importer.steps;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.iterscope.projection.RandomRecording;
import dev.iterscope.projection.importer.source.IterationDraft;
import dev.iterscope.projection.recording.Iteration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PackedStepsTest {

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 255, 256, 257, 3000})
    void givesBackWhatItWasGiven(int count) {
        List<Iteration> steps = RandomRecording.of(count + 7, count).iterations().subList(0, count);
        PackedSteps packed = PackedSteps.of(steps);
        assertThat(packed.equals(steps)).isTrue();
        assertThat(packed.stream().toList().equals(steps)).isTrue();
        Random random = new Random(count);
        for (int i = 0; i < Math.min(count, 300); i++) {
            int index = random.nextInt(count);
            assertThat(packed.get(index)).isEqualTo(steps.get(index));
        }
        assertThatThrownBy(() -> packed.get(count)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> packed.get(-1)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    /// Numbers at the ends of their ranges, known and unknown in turns.
    @Test
    void givesBackExtremes() {
        long[] numbers = {0, 1, -1, 9_999, 10_000, 1L << 60, -(1L << 60), Long.MAX_VALUE, Long.MIN_VALUE + 1, 1_000_000_000};
        Random random = new Random(3);
        List<Iteration> steps = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            IterationDraft draft = new IterationDraft().engine(random.nextInt(3));
            draft.counts(random.nextInt(1 << 30), random.nextInt(5), random.nextInt(1 << 30), random.nextInt(5));
            if (random.nextBoolean()) {
                draft.number(numbers[random.nextInt(numbers.length)]).startNanos(numbers[random.nextInt(numbers.length)]);
            }
            if (random.nextBoolean()) {
                draft.endNanos(numbers[random.nextInt(numbers.length)]).elapsedNanos(numbers[random.nextInt(numbers.length)]);
            }
            if (random.nextBoolean()) {
                draft.kvShare(random.nextDouble()).kvBlocksUsed(numbers[random.nextInt(numbers.length)]);
            }
            if (random.nextInt(4) == 0) {
                draft.detail().contextAttentionPairs(random.nextBoolean() ? 1e300 : -0.0 + random.nextInt(9) / 3.0)
                        .updateNanos(numbers[random.nextInt(numbers.length)]).graphMode(random.nextBoolean() ? "full" : "none");
            }
            steps.add(draft.build());
        }
        assertThat(PackedSteps.of(steps).equals(steps)).isTrue();
    }

    @Test
    void stepsOfALogTakeFewBytes() {
        Random random = new Random(1);
        List<Iteration> steps = new ArrayList<>();
        for (int i = 0; i < 256 * 20; i++) {
            boolean context = i % 20 == 0;
            IterationDraft draft = new IterationDraft().number(i).endNanos(i / 100 * 1_000_000_000L)
                    .elapsedNanos((1000 + random.nextInt(60)) * 10_000L);
            draft.counts(context ? 2 : 0, context ? 1000 + random.nextInt(7000) : 0, 50 + i % 7, 50 + i % 7);
            steps.add(draft.build());
        }
        assertThat(PackedSteps.of(steps).packedBytes()).isLessThan(10L * steps.size());
    }

    @Test
    void sortsByEndAndKeepsTheOrderOfEqualOnes() {
        List<Iteration> steps = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            steps.add(new IterationDraft().number(i).endNanos(i / 3).build());
        }
        assertThat(PackedSteps.of(steps).sortedByEnd()).isEqualTo(steps);
        // Runs of buffers in any order, as Flight Recorder leaves them.
        List<Iteration> shuffled = new ArrayList<>();
        List<Integer> buffers = new ArrayList<>(List.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
        Collections.shuffle(buffers, new Random(4));
        buffers.forEach(buffer -> shuffled.addAll(steps.subList(buffer * 200, buffer * 200 + 200)));
        List<Iteration> expected = new ArrayList<>(shuffled);
        expected.sort(Comparator.comparingLong(step -> step.endNanos().orElseThrow()));
        assertThat(PackedSteps.of(shuffled).sortedByEnd()).isEqualTo(expected);
    }

    @Test
    void joinsLists() {
        List<Iteration> steps = RandomRecording.of(5, 700).iterations().subList(0, 700);
        List<Iteration> joined =
                JoinedSteps.of(List.of(steps.subList(0, 300), List.of(), steps.subList(300, 301), steps.subList(301, 700)));
        assertThat(joined.equals(steps)).isTrue();
        assertThat(joined.get(299)).isEqualTo(steps.get(299));
        assertThat(joined.get(300)).isEqualTo(steps.get(300));
        assertThat(joined.stream().toList()).isEqualTo(steps);
        assertThat(JoinedSteps.of(List.of())).isEmpty();
        assertThatThrownBy(() -> joined.get(700)).isInstanceOf(IndexOutOfBoundsException.class);
    }
}
