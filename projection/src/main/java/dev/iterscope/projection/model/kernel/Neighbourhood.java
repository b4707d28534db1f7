package dev.iterscope.projection.model.kernel;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.TreeSet;

/// Finds the measured rows around a point: on each ordered axis the nearest values below and above, at their crossings whatever
/// was measured, and beside them the same place in sibling variants.
final class Neighbourhood {
    /// Most rows of one neighbourhood; those that differ on the fewest axes, and there the least, are taken first.
    static final int MOST = 44;
    private static final int MOST_SIBLINGS = 12;
    private static final int WIDEST = 3;
    private static final int MOST_CROSSINGS = 512;
    /// What differing on one more axis counts, in doublings.
    private static final double ONE_MORE_AXIS = 3;

    private final KernelTable table;
    private final RowIndex index;
    private final List<Axis> axes;
    private final int[][] distinct;

    Neighbourhood(KernelTable table) {
        this.table = table;
        this.axes = table.kernel().axes();
        this.index = new RowIndex(table);
        this.distinct = new int[axes.size()][];
        for (int a = 0; a < axes.size(); a++) {
            TreeSet<Integer> values = new TreeSet<>();
            for (int i = 0; i < table.size(); i++) {
                values.add(table.values(i)[a]);
            }
            distinct[a] = values.stream().mapToInt(Integer::intValue).toArray();
        }
    }

    /// The largest measured value of an axis that is not larger.
    OptionalInt atMost(int axis, double value) {
        int[] measured = distinct[axis];
        int at = Arrays.binarySearch(measured, (int) Math.min(Math.floor(value), Integer.MAX_VALUE));
        int below = at >= 0 ? at : -at - 2;
        return below >= 0 ? OptionalInt.of(measured[below]) : OptionalInt.empty();
    }

    /// The smallest measured value of an axis that is not smaller.
    OptionalInt atLeast(int axis, double value) {
        int[] measured = distinct[axis];
        int at = Arrays.binarySearch(measured, (int) Math.min(Math.ceil(value), Integer.MAX_VALUE));
        int above = at >= 0 ? at : -at - 1;
        return above < measured.length ? OptionalInt.of(measured[above]) : OptionalInt.empty();
    }

    /// The row with exactly these sizes, or −1.
    int rowOf(int[] values) {
        return index.find(values);
    }

    /// Rows around `query`. Where fewer than four are near, values further away are tried.
    ///
    /// @param excluded rows that must not be used
    /// @param rows     filled with row numbers, at least [#MOST] + siblings long
    /// @return how many
    int find(int[] query, KernelTable.RowFilter excluded, int[] rows) {
        int n = 0;
        for (int width = 1; width <= WIDEST; width++) {
            n = gather(query, excluded, rows, width);
            if (n >= 4) {
                break;
            }
        }
        return siblings(query, excluded, rows, n);
    }

    private int gather(int[] query, KernelTable.RowFilter excluded, int[] rows, int width) {
        int[][] candidates = new int[axes.size()][];
        for (int a = 0; a < candidates.length; a++) {
            candidates[a] = candidates(a, query[a], width);
        }
        long[] found = new long[MOST_CROSSINGS];
        int n = cross(query, excluded, candidates, found);
        Arrays.sort(found, 0, n);
        int kept = Math.min(n, MOST);
        for (int i = 0; i < kept; i++) {
            rows[i] = (int) found[i];
        }
        return kept;
    }

    /// Looks up every crossing of the candidate values; each found row comes with its distance in the upper half.
    private int cross(int[] query, KernelTable.RowFilter excluded, int[][] candidates, long[] found) {
        int[] position = new int[candidates.length];
        int[] values = new int[candidates.length];
        int n = 0;
        for (int[] candidate : candidates) {
            if (candidate.length == 0) {
                return 0;
            }
        }
        while (true) {
            double distance = 0;
            for (int a = 0; a < values.length; a++) {
                values[a] = candidates[a][position[a]];
                distance += values[a] == query[a]
                        ? 0
                        : ONE_MORE_AXIS + Math.abs(axes.get(a).coordinate(values[a]) - axes.get(a).coordinate(query[a]));
            }
            int row = index.find(values);
            if (row >= 0 && !excluded.test(table.values(row)) && n < found.length) {
                found[n++] = (long) (distance * 1024) << 32 | row;
            }
            int a = 0;
            while (a < position.length && ++position[a] == candidates[a].length) {
                position[a++] = 0;
            }
            if (a == position.length) {
                return n;
            }
        }
    }

    private int siblings(int[] query, KernelTable.RowFilter excluded, int[] rows, int already) {
        int n = already;
        int limit = Math.min(rows.length, already + MOST_SIBLINGS);
        for (int a = 0; a < axes.size(); a++) {
            if (axes.get(a).kind() != Axis.Kind.SIBLING) {
                continue;
            }
            for (int variant : distinct[a]) {
                if (variant == query[a]) {
                    continue;
                }
                for (int curve : candidates(0, query[0], 1)) {
                    int[] values = query.clone();
                    values[a] = variant;
                    values[0] = curve;
                    int row = index.find(values);
                    if (row >= 0 && n < limit && !excluded.test(table.values(row))) {
                        rows[n++] = row;
                    }
                }
            }
        }
        return n;
    }

    /// Values of an axis that may stand beside `value`.
    private int[] candidates(int a, int value, int width) {
        Axis axis = axes.get(a);
        if (!axis.isOrdered()) {
            return new int[] {value};
        }
        if (axis.kind() == Axis.Kind.ORDERED_FROM_ZERO && value == 0) {
            return new int[] {0};
        }
        boolean curve = axis.kind() == Axis.Kind.CURVE;
        if (axis.alignment() == 1) {
            return nearest(a, value, curve ? width + 1 : width, true, true);
        }
        boolean aligned = value % axis.alignment() == 0;
        int[] same = nearest(a, value, width + 1, aligned, !aligned);
        int[] other = nearest(a, value, width, !aligned, aligned);
        int[] both = Arrays.copyOf(same, same.length + other.length);
        System.arraycopy(other, 0, both, same.length, other.length);
        return both;
    }

    /// Up to `each` values below, the value itself, and up to `each` above, of the wanted alignment classes.
    private int[] nearest(int a, int value, int each, boolean aligned, boolean unaligned) {
        int[] all = distinct[a];
        int alignment = axes.get(a).alignment();
        boolean fromZero = axes.get(a).kind() == Axis.Kind.ORDERED_FROM_ZERO;
        int[] chosen = new int[2 * each + 1];
        int n = 0;
        int at = Arrays.binarySearch(all, value);
        int above = at >= 0 ? at : -at - 1;
        for (int i = above, taken = 0; i < all.length
                && taken < each + (at >= 0 && isWanted(value, alignment, aligned, unaligned) ? 1 : 0); i++) {
            if (isWanted(all[i], alignment, aligned, unaligned)) {
                chosen[n++] = all[i];
                taken++;
            }
        }
        for (int i = above - 1, taken = 0; i >= 0 && taken < each; i--) {
            if (isWanted(all[i], alignment, aligned, unaligned) && !(fromZero && all[i] == 0)) {
                chosen[n++] = all[i];
                taken++;
            }
        }
        return Arrays.copyOf(chosen, n);
    }

    private static boolean isWanted(int value, int alignment, boolean aligned, boolean unaligned) {
        return alignment == 1 || (value % alignment == 0 ? aligned : unaligned);
    }
}
