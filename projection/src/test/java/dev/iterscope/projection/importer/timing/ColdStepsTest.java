package dev.iterscope.projection.importer.timing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.projection.importer.source.IterationDraft;
import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.Iteration.Mark;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Which first steps count as cold.
class ColdStepsTest {
    @Test
    void aFirstStepThatNothingComparesWithIsCold() {
        assertThat(marked(step(1, 64, 17), step(2, 512, 150), step(3, 512, 150), step(4, 512, 150))).isTrue();
    }

    /// What nothing was slower than is not called slower than later ones.
    @Test
    void theOnlyStepIsCountedAsAlone() {
        Map<Integer, List<Iteration>> one = new HashMap<>(Map.of(0, List.of(step(1, 64, 17))));
        assertThat(ColdSteps.mark(one)).isEqualTo(new ColdSteps.Marked(0, 1));
        Map<Integer, List<Iteration>> two = new HashMap<>(Map.of(0, List.of(step(1, 64, 28), step(2, 64, 17))));
        assertThat(ColdSteps.mark(two)).isEqualTo(new ColdSteps.Marked(1, 0));
    }

    /// One later step of about its size is enough to see that it was slow, and that it was not.
    @Test
    void aFirstStepIsComparedWithTheFewOfItsSize() {
        Iteration alike = step(2, 72, 20);
        assertThat(marked(step(1, 64, 28), alike, step(3, 60, 27), step(4, 512, 150))).isTrue();
        assertThat(marked(step(1, 64, 28), alike)).isTrue();
        assertThat(marked(step(1, 64, 21), alike)).isFalse();
        assertThat(marked(step(1, 64, 17), alike, step(3, 60, 27))).isFalse();
    }

    /// A recording that begins in the midst of a run has no first step.
    @Test
    void aStepOfARunningEngineIsNotColdForWantOfComparison() {
        assertThat(marked(step(700, 64, 28), step(701, 72, 20))).isFalse();
    }

    @Test
    void amongManyTheMiddleOneDecides() {
        Iteration[] later = {step(2, 64, 12), step(3, 64, 20), step(4, 64, 20), step(5, 64, 20), step(6, 64, 20)};
        assertThat(marked(step(1, 64, 21), later)).isFalse();
        assertThat(marked(step(1, 64, 23), later)).isTrue();
    }

    private static boolean marked(Iteration first, Iteration... later) {
        List<Iteration> steps = new ArrayList<>(List.of(later));
        steps.addFirst(first);
        Map<Integer, List<Iteration>> byEngine = new HashMap<>(Map.of(0, steps));
        ColdSteps.mark(byEngine);
        return byEngine.getOrDefault(0, List.of()).getFirst().marks().contains(Mark.COLD);
    }

    private static Iteration step(long number, int contextTokens, long millis) {
        IterationDraft draft = new IterationDraft();
        assertThat(draft.counts(1, contextTokens, 0, 0)).isTrue();
        return draft.number(number)
                .startNanos(number * 1_000_000_000L)
                .elapsedNanos(millis * 1_000_000)
                .build();
    }
}
