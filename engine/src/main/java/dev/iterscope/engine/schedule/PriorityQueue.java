package dev.iterscope.engine.schedule;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// By priority, then arrival time, then order of arrival: a binary heap that knows where each sequence sits, so that an abort needs
/// no search.
final class PriorityQueue implements WaitingQueue {

    /// Order of service: lowest priority value first.
    static final Comparator<Sequence> ORDER = PriorityQueue::compare;

    private @Nullable Sequence[] heap = new @Nullable Sequence[16];
    private int size;

    @Override
    public int size() {
        return size;
    }

    @Override
    public @Nullable Sequence peek() {
        return size == 0 ? null : heap[0];
    }

    @Override
    public void add(Sequence sequence) {
        if (size == heap.length) {
            heap = Arrays.copyOf(heap, 2 * size);
        }
        size++;
        siftUp(size - 1, sequence);
    }

    @Override
    public void addPreempted(Sequence sequence) {
        add(sequence);
    }

    @Override
    public void remove(Sequence sequence) {
        int hole = sequence.heapIndex;
        Sequence last = at(--size);
        heap[size] = null;
        if (last != sequence) {
            siftDown(hole, last);
            if (last.heapIndex == hole) {
                siftUp(hole, last);
            }
        }
    }

    @Override
    public List<Sequence> toList() {
        List<Sequence> all = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            all.add(at(i));
        }
        all.sort(ORDER);
        return all;
    }

    private static int compare(Sequence a, Sequence b) {
        int byPriority = Integer.compare(a.request().priority(), b.request().priority());
        if (byPriority != 0) {
            return byPriority;
        }
        int byArrival = Long.compare(a.request().arrivalNanos(), b.request().arrivalNanos());
        return byArrival != 0 ? byArrival : Integer.compare(a.number(), b.number());
    }

    private void siftUp(int from, Sequence sequence) {
        int i = from;
        while (i > 0) {
            int parent = (i - 1) >>> 1;
            if (compare(at(parent), sequence) <= 0) {
                break;
            }
            place(i, at(parent));
            i = parent;
        }
        place(i, sequence);
    }

    private void siftDown(int from, Sequence sequence) {
        int i = from;
        while (2 * i + 1 < size) {
            int child = 2 * i + 1;
            if (child + 1 < size && compare(at(child + 1), at(child)) < 0) {
                child++;
            }
            if (compare(sequence, at(child)) <= 0) {
                break;
            }
            place(i, at(child));
            i = child;
        }
        place(i, sequence);
    }

    private void place(int i, Sequence sequence) {
        heap[i] = sequence;
        sequence.heapIndex = i;
    }

    private Sequence at(int i) {
        Sequence sequence = heap[i];
        if (sequence == null) {
            throw new IllegalStateException("heap slot " + i + " of " + size + " is empty");
        }
        return sequence;
    }
}
