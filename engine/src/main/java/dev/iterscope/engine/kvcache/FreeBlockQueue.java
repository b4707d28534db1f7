package dev.iterscope.engine.kvcache;

import java.util.Arrays;
import java.util.NoSuchElementException;

/// The blocks that no request holds, in the order in which they are taken: a doubly linked list over one array, with removal from the
/// middle when a cached block is found again.
///
/// Blocks that were never taken are not linked: they are a range of ids between the blocks put to the head and those put to the
/// tail. So a pool of any size costs nothing until its blocks are used.
final class FreeBlockQueue {
    private static final int NONE = -1;

    private final int end;
    private int fresh;
    private int size;
    private int frontHead = NONE;
    private int frontTail = NONE;
    private int backHead = NONE;
    private int backTail = NONE;
    /// The block after block i at 2 i, the one before it at 2 i + 1.
    private int[] links = new int[128];

    /// A queue of the ids [first, end) in ascending order.
    FreeBlockQueue(int first, int end) {
        this.fresh = first;
        this.end = end;
        this.size = end - first;
    }

    int size() {
        return size;
    }

    /// Highest id that was ever taken, plus one.
    int touchedEnd() {
        return fresh;
    }

    int removeFirst() {
        if (frontHead != NONE) {
            int id = frontHead;
            unlink(id);
            size--;
            return id;
        }
        if (fresh < end) {
            size--;
            return fresh++;
        }
        if (backHead == NONE) {
            throw new NoSuchElementException("No free blocks available");
        }
        int id = backHead;
        unlink(id);
        size--;
        return id;
    }

    void addLast(int id) {
        ensure(id);
        links[2 * id + 1] = backTail;
        links[2 * id] = NONE;
        if (backTail == NONE) {
            backHead = id;
        } else {
            links[2 * backTail] = id;
        }
        backTail = id;
        size++;
    }

    void addFirst(int id) {
        ensure(id);
        links[2 * id + 1] = NONE;
        links[2 * id] = frontHead;
        if (frontHead == NONE) {
            frontTail = id;
        } else {
            links[2 * frontHead + 1] = id;
        }
        frontHead = id;
        size++;
    }

    /// Takes a free block out of the middle.
    void remove(int id) {
        while (fresh <= id) {
            appendToFront(fresh++);
        }
        unlink(id);
        size--;
    }

    /// All ids in order; for checks and tests.
    int[] toArray() {
        int[] ids = new int[size];
        int n = 0;
        for (int id = frontHead; id != NONE; id = links[2 * id]) {
            ids[n++] = id;
        }
        for (int id = fresh; id < end; id++) {
            ids[n++] = id;
        }
        for (int id = backHead; id != NONE; id = links[2 * id]) {
            ids[n++] = id;
        }
        if (n != size) {
            throw new IllegalStateException("free queue holds " + n + " blocks, counted " + size);
        }
        return ids;
    }

    private void appendToFront(int id) {
        ensure(id);
        links[2 * id + 1] = frontTail;
        links[2 * id] = NONE;
        if (frontTail == NONE) {
            frontHead = id;
        } else {
            links[2 * frontTail] = id;
        }
        frontTail = id;
    }

    private void unlink(int id) {
        int before = links[2 * id + 1];
        int after = links[2 * id];
        if (before != NONE) {
            links[2 * before] = after;
        } else if (id == frontHead) {
            frontHead = after;
        } else {
            backHead = after;
        }
        if (after != NONE) {
            links[2 * after + 1] = before;
        } else if (id == frontTail) {
            frontTail = before;
        } else {
            backTail = before;
        }
    }

    private void ensure(int id) {
        if (2 * id >= links.length) {
            links = Arrays.copyOf(links, 2 * Math.max(id + 1, Math.min(end, links.length)));
        }
    }
}
