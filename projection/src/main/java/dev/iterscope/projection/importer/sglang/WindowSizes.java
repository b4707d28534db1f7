package dev.iterscope.projection.importer.sglang;

import dev.iterscope.projection.importer.sglang.DecodeWindow.Line;
import dev.iterscope.projection.importer.sglang.DecodeWindow.Prefill;
import java.util.List;

/// How many requests each decode batch between two decode lines ran.
///
/// Known are the batch of either decode line and, at each prefill line between them, how many requests were running. New requests come
/// by a prefill batch only, so in between the number can but fall; where it fell is not shown and is taken as spread evenly. How many decode
/// batches ran between two prefill lines is not shown either: none, where requests were still waiting and none had ended, since SGLang
/// prefers prefill batches; an equal part elsewhere.
final class WindowSizes {
    private WindowSizes() {}

    /// The sizes in order: those before the first prefill batch, those before the second, and so on; last those behind the last one.
    ///
    /// @param before   the decode line before
    /// @param prefills the prefill lines in between
    /// @param line     the decode line
    /// @param batches  decode batches behind `before` up to `line`, at least 1
    static int[][] of(Line before, List<Prefill> prefills, Line line, int batches) {
        int last = prefills.size();
        long[] first = new long[last + 1];
        long[] end = new long[last + 1];
        boolean[] used = new boolean[last + 1];
        int parts = 1;
        first[0] = before.running();
        long waiting = before.waiting().orElse(0);
        for (int i = 0; i < last; i++) {
            Prefill prefill = prefills.get(i);
            end[i] = prefill.running().orElse(first[i]);
            first[i + 1] = end[i] + prefill.sequences();
            used[i] = waiting == 0 || end[i] < first[i] - 1;
            parts += used[i] ? 1 : 0;
            waiting = prefill.waiting().orElse(0);
        }
        end[last] = line.running();
        int[][] sizes = new int[last + 1][];
        int left = batches;
        for (int i = 0; i < last; i++) {
            sizes[i] = part(first[i], end[i], used[i] ? batches / parts : 0, i == 0 ? 1 : 0, 0);
            left -= sizes[i].length;
        }
        sizes[last] = part(first[last], end[last], left, last == 0 ? 1 : 0, 1);
        return sizes;
    }

    /// @param endsBefore 1 where requests may have ended with the decode batch before these
    /// @param shown      1 where the last of these batches is the one that `end` shows
    private static int[] part(long first, long end, int batches, int endsBefore, int shown) {
        int[] sizes = new int[batches];
        int falls = batches - shown + endsBefore;
        for (int i = 0; i < batches; i++) {
            double share = falls == 0 ? 1 : (double) (i + endsBefore) / falls;
            sizes[i] = (int) Math.max(1, Math.round(first + (end - first) * share));
        }
        return sizes;
    }
}
