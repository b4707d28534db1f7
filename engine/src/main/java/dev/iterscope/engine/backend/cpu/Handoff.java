package dev.iterscope.engine.backend.cpu;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Hands items from one thread to one other, in order, without a lock and without allocating: the JDK's blocking queues make an object
/// each time they wait.
///
/// @param <T> what is handed over
final class Handoff<T> {
    /// Rounds of looking before the taker gives its processor away: a microsecond or two. The taker often shares its processor with
    /// the threads that make the next item.
    private static final int SPINS = 200;

    private final AtomicReferenceArray<@Nullable T> slots;
    private volatile boolean closed;
    private volatile @Nullable Thread waiting;
    private int nextPut;
    private int nextTake;

    /// Room for `capacity` items that were not taken yet.
    Handoff(int capacity) {
        slots = new AtomicReferenceArray<>(capacity);
    }

    /// Hands over an item; called by one thread only. Waits while there is no room.
    @SuppressWarnings("ThreadPriorityCheck") // a hint while the taker catches up
    void put(T item) {
        while (slots.get(nextPut) != null) {
            Thread.yield();
        }
        slots.set(nextPut, item);
        nextPut = next(nextPut);
        LockSupport.unpark(waiting);
    }

    /// Waits for the next item; called by one thread only.
    ///
    /// @return null when closed and nothing is left
    @Nullable T take() {
        int spins = 0;
        T item = slots.get(nextTake);
        while (item == null) {
            if (closed) {
                return slots.get(nextTake);
            }
            if (++spins < SPINS) {
                Thread.onSpinWait();
            } else {
                await();
            }
            item = slots.get(nextTake);
        }
        slots.set(nextTake, null);
        nextTake = next(nextTake);
        return item;
    }

    private void await() {
        waiting = Thread.currentThread();
        if (slots.get(nextTake) == null && !closed) {
            LockSupport.park(this);
        }
        waiting = null;
    }

    /// Wakes the taker; nothing may be put any more.
    void close() {
        closed = true;
        LockSupport.unpark(waiting);
    }

    private int next(int index) {
        return index + 1 == slots.length() ? 0 : index + 1;
    }
}
