package dev.iterscope.projection.importer.trace;

import java.util.Arrays;

/// Ranges of one thread, each with a number, and which of them is innermost at a time.
///
/// One sweep over the ranges in order of their start, with a stack of those that are open, gives the times at which the innermost range
/// changes; a look-up is a binary search among them. So n ranges and m look-ups take O((n + m) log n).
final class NestedRanges {

    /// No range.
    static final int NONE = -1;

    private long[] starts = new long[16];
    private long[] ends = new long[16];
    private int[] numbers = new int[16];
    private int size;
    private boolean sorted = true;
    private Changes changes = Changes.NEVER;
    private boolean swept = true;

    /// Adds a range.
    ///
    /// @param end not before its start
    void add(long start, long end, int number) {
        if (size == starts.length) {
            starts = Arrays.copyOf(starts, size * 2);
            ends = Arrays.copyOf(ends, size * 2);
            numbers = Arrays.copyOf(numbers, size * 2);
        }
        sorted &= size == 0 || starts[size - 1] < start || (starts[size - 1] == start && ends[size - 1] >= end);
        starts[size] = start;
        ends[size] = end;
        numbers[size++] = number;
        swept = false;
    }

    /// The number of the innermost range at a time, or [#NONE].
    int at(long time) {
        if (!swept) {
            sort();
            changes = sweep();
            swept = true;
        }
        return changes.at(time);
    }

    /// Outer ranges before the inner ones that begin with them.
    private void sort() {
        if (sorted) {
            return;
        }
        Integer[] order = new Integer[size];
        Arrays.setAll(order, i -> i);
        long[] s = starts;
        long[] e = ends;
        Arrays.sort(order, (a, b) -> s[a] != s[b] ? Long.compare(s[a], s[b]) : Long.compare(e[b], e[a]));
        long[] newStarts = new long[size];
        long[] newEnds = new long[size];
        int[] newNumbers = new int[size];
        for (int i = 0; i < size; i++) {
            newStarts[i] = s[order[i]];
            newEnds[i] = e[order[i]];
            newNumbers[i] = numbers[order[i]];
        }
        starts = newStarts;
        ends = newEnds;
        numbers = newNumbers;
        sorted = true;
    }

    private Changes sweep() {
        Changes found = new Changes(2 * size);
        int[] open = new int[size];
        int depth = 0;
        for (int i = 0; i < size; i++) {
            while (depth > 0 && ends[open[depth - 1]] <= starts[i]) {
                depth = close(found, open, depth);
            }
            found.add(starts[i], numbers[i]);
            open[depth++] = i;
        }
        while (depth > 0) {
            depth = close(found, open, depth);
        }
        return found;
    }

    private int close(Changes found, int[] open, int depth) {
        long end = ends[open[depth - 1]];
        int below = depth - 1;
        // Ranges that overlap without being nested may have ended under the one that ends now.
        while (below > 0 && ends[open[below - 1]] <= end) {
            below--;
        }
        found.add(end, below == 0 ? NONE : numbers[open[below - 1]]);
        return below;
    }

    /// Times at which the innermost range changes, ascending.
    private static final class Changes {
        private static final Changes NEVER = new Changes(0);
        private final long[] times;
        private final int[] numbers;
        private int count;

        private Changes(int most) {
            times = new long[most];
            numbers = new int[most];
        }

        private void add(long time, int number) {
            if (count > 0 && times[count - 1] >= time) {
                // At the same time the later word counts.
                numbers[count - 1] = number;
                return;
            }
            times[count] = time;
            numbers[count++] = number;
        }

        private int at(long time) {
            int found = Arrays.binarySearch(times, 0, count, time);
            int index = found >= 0 ? found : -found - 2;
            return index < 0 ? NONE : numbers[index];
        }
    }
}
