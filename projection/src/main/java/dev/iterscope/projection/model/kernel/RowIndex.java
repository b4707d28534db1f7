package dev.iterscope.projection.model.kernel;

import java.util.Arrays;

/// Finds a row by its sizes: open addressing over row numbers. Of equal rows the first counts; see [KernelModel] for averaging.
final class RowIndex {
    private final KernelTable table;
    private final int[] slots;
    private final int mask;

    RowIndex(KernelTable table) {
        this.table = table;
        int capacity = Integer.highestOneBit(Math.max(16, table.size() * 2)) * 2;
        this.slots = new int[capacity];
        this.mask = capacity - 1;
        Arrays.fill(slots, -1);
        for (int row = 0; row < table.size(); row++) {
            int slot = slotOf(table.values(row));
            if (slots[slot] < 0) {
                slots[slot] = row;
            }
        }
    }

    /// The row with these sizes, or −1.
    int find(int[] values) {
        return slots[slotOf(values)];
    }

    private int slotOf(int[] values) {
        int slot = (int) (KernelKey.hash(values) & mask);
        while (slots[slot] >= 0 && !Arrays.equals(table.values(slots[slot]), values)) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }
}
