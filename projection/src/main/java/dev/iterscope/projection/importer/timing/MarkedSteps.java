package dev.iterscope.projection.importer.timing;

import dev.iterscope.projection.importer.source.IterationDraft;
import dev.iterscope.projection.importer.steps.DerivedSteps;
import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.Iteration.Mark;
import java.util.BitSet;
import java.util.List;

/// Steps of which some have one mark more than in the list that they come from.
final class MarkedSteps extends DerivedSteps {

    private final BitSet places;
    private final Mark mark;

    private MarkedSteps(List<Iteration> steps, BitSet places, Mark mark) {
        super(steps);
        this.places = places;
        this.mark = mark;
    }

    /// The steps, those at these places marked.
    static List<Iteration> of(List<Iteration> steps, BitSet places, Mark mark) {
        return places.isEmpty() ? steps : new MarkedSteps(steps, (BitSet) places.clone(), mark);
    }

    @Override
    protected Iteration derived(Iteration step, int index) {
        return places.get(index) ? new IterationDraft().from(step).mark(mark).build() : step;
    }
}
