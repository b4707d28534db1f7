package dev.iterscope.projection.importer.steps;

import dev.iterscope.projection.recording.Iteration;
import java.util.AbstractList;
import java.util.Iterator;
import java.util.List;
import java.util.RandomAccess;

/// Each step of another list, changed when it is looked at: a list of millions of packed steps is never held twice. Looking at the steps in
/// order goes through the other list once.
public abstract class DerivedSteps extends AbstractList<Iteration> implements RandomAccess {

    private final List<Iteration> steps;

    /// @param steps the steps to change, which must not change otherwise any more
    protected DerivedSteps(List<Iteration> steps) {
        this.steps = steps;
    }

    /// A step as it stands in this list.
    ///
    /// @param step  the step as it stands in the other list
    /// @param index its place, from 0
    protected abstract Iteration derived(Iteration step, int index);

    @Override
    public final int size() {
        return steps.size();
    }

    @Override
    public final Iteration get(int index) {
        return derived(steps.get(index), index);
    }

    @Override
    public final Iterator<Iteration> iterator() {
        Iterator<Iteration> each = steps.iterator();
        return new Iterator<>() {
            private int index;

            @Override
            public boolean hasNext() {
                return each.hasNext();
            }

            @Override
            public Iteration next() {
                return derived(each.next(), index++);
            }
        };
    }
}
