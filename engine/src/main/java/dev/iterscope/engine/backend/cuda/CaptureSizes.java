package dev.iterscope.engine.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/// Batch sizes for which decode is captured as a graph: 1, 2, 4, then every eighth to 256 and every sixteenth to 512, as vLLM has
/// them, up to the most sequences of a step. A batch is padded to the next one.
///
/// @param sizes ascending
record CaptureSizes(List<Integer> sizes) {

    /// The sizes for steps of up to `most` sequences; the last one is `most` itself, if it is not above 512.
    static CaptureSizes upTo(int most) {
        List<Integer> sizes = new ArrayList<>();
        for (int size = 1; size < Math.min(most, 512); size = next(size)) {
            sizes.add(size);
        }
        sizes.add(Math.min(most, 512));
        return new CaptureSizes(List.copyOf(sizes));
    }

    private static int next(int size) {
        if (size < 8) {
            return 2 * size;
        }
        return size + (size < 256 ? 8 : 16);
    }

    /// The smallest captured size that holds `rows`; empty where none does.
    OptionalInt holding(int rows) {
        return sizes.stream().mapToInt(Integer::intValue).filter(size -> size >= rows).findFirst();
    }
}
