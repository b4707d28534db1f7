package dev.iterscope.projection.importer.steps;

import dev.iterscope.projection.recording.Iteration;
import java.util.AbstractList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.RandomAccess;

/// The steps of several lists, one behind the other.
public final class JoinedSteps extends AbstractList<Iteration> implements RandomAccess {

    private final List<List<Iteration>> parts;
    private final int[] ends;

    private JoinedSteps(List<List<Iteration>> parts) {
        this.parts = parts;
        this.ends = new int[parts.size()];
        int end = 0;
        for (int i = 0; i < ends.length; i++) {
            end = Math.addExact(end, parts.get(i).size());
            ends[i] = end;
        }
    }

    /// All steps of these lists, which must not change any more.
    public static List<Iteration> of(Collection<List<Iteration>> lists) {
        List<List<Iteration>> parts = lists.stream().filter(list -> !list.isEmpty()).toList();
        return parts.isEmpty() ? List.of() : new JoinedSteps(parts);
    }

    @Override
    public int size() {
        return ends[ends.length - 1];
    }

    @Override
    public Iteration get(int index) {
        int part = 0;
        while (part < ends.length && index >= ends[part]) {
            part++;
        }
        if (index < 0 || part == ends.length) {
            throw new IndexOutOfBoundsException("step " + index + " of " + size());
        }
        return parts.get(part).get(part == 0 ? index : index - ends[part - 1]);
    }

    @Override
    public Iterator<Iteration> iterator() {
        Iterator<List<Iteration>> lists = parts.iterator();
        return new Iterator<>() {
            private Iterator<Iteration> each = lists.next().iterator();

            @Override
            public boolean hasNext() {
                return each.hasNext();
            }

            @Override
            public Iteration next() {
                Iteration step = each.next();
                if (!each.hasNext() && lists.hasNext()) {
                    each = lists.next().iterator();
                }
                return step;
            }
        };
    }
}
