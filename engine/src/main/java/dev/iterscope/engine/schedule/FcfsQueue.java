package dev.iterscope.engine.schedule;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// First come, first served; preempted sequences go to the head. A list linked through the sequences.
final class FcfsQueue implements WaitingQueue {
    private @Nullable Sequence head;
    private @Nullable Sequence tail;
    private int size;

    @Override
    public int size() {
        return size;
    }

    @Override
    public @Nullable Sequence peek() {
        return head;
    }

    @Override
    public void add(Sequence sequence) {
        sequence.queuePrevious = tail;
        sequence.queueNext = null;
        if (tail == null) {
            head = sequence;
        } else {
            tail.queueNext = sequence;
        }
        tail = sequence;
        size++;
    }

    @Override
    public void addPreempted(Sequence sequence) {
        sequence.queuePrevious = null;
        sequence.queueNext = head;
        if (head == null) {
            tail = sequence;
        } else {
            head.queuePrevious = sequence;
        }
        head = sequence;
        size++;
    }

    @Override
    public void remove(Sequence sequence) {
        Sequence before = sequence.queuePrevious;
        Sequence after = sequence.queueNext;
        if (before == null) {
            head = after;
        } else {
            before.queueNext = after;
        }
        if (after == null) {
            tail = before;
        } else {
            after.queuePrevious = before;
        }
        sequence.queuePrevious = null;
        sequence.queueNext = null;
        size--;
    }

    @Override
    public List<Sequence> toList() {
        List<Sequence> all = new ArrayList<>(size);
        for (Sequence sequence = head; sequence != null; sequence = sequence.queueNext) {
            all.add(sequence);
        }
        return all;
    }
}
