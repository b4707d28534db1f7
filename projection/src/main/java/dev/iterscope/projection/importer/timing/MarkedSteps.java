package dev.iterscope.projection.importer.timing;

import dev.iterscope.projection.importer.source.IterationDraft;
import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.Iteration.Mark;
import java.util.AbstractList;
import java.util.BitSet;
import java.util.Iterator;
import java.util.List;
import java.util.RandomAccess;

/// Steps of which some have one mark more than in the list that they come from.
final class MarkedSteps extends AbstractList<Iteration> implements RandomAccess {

    private final List<Iteration> steps;
    private final BitSet places;
    private final Mark mark;

    private MarkedSteps(List<Iteration> steps, BitSet places, Mark mark) {
        this.steps = steps;
        this.places = places;
        this.mark = mark;
    }

    /// The steps, those at these places marked.
    static List<Iteration> of(List<Iteration> steps, BitSet places, Mark mark) {
        return places.isEmpty() ? steps : new MarkedSteps(steps, (BitSet) places.clone(), mark);
    }

    @Override
    public int size() {
        return steps.size();
    }

    @Override
    public Iteration get(int index) {
        return marked(steps.get(index), index);
    }

    @Override
    public Iterator<Iteration> iterator() {
        Iterator<Iteration> each = steps.iterator();
        return new Iterator<>() {
            private int index;

            @Override
            public boolean hasNext() {
                return each.hasNext();
            }

            @Override
            public Iteration next() {
                return marked(each.next(), index++);
            }
        };
    }

    private Iteration marked(Iteration step, int index) {
        return places.get(index) ? new IterationDraft().from(step).mark(mark).build() : step;
    }
}
