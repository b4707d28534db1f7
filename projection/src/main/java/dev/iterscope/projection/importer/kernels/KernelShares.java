package dev.iterscope.projection.importer.kernels;

import dev.iterscope.projection.importer.source.Warnings;
import dev.iterscope.projection.recording.KernelKind;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Adds up kernel time, to say how much of it the table of names does not know.
public final class KernelShares {

    /// Names remembered; only a damaged source has more.
    private static final int MOST_NAMES = 1 << 14;
    private static final int SHOWN = 3;
    private static final int LONGEST_SHOWN = 60;

    private final Map<String, Long> unknown = new HashMap<>();
    private double total;
    private double other;
    private long kernels;

    /// Nothing added yet.
    public KernelShares() {}

    /// Adds a kernel execution; graphs launched as one count neither way.
    public void add(String name, KernelKind kind, long nanos) {
        if (kind == KernelKind.GRAPH) {
            return;
        }
        total += nanos;
        if (kind == KernelKind.OTHER) {
            other += nanos;
            kernels++;
            if (unknown.size() < MOST_NAMES || unknown.containsKey(name)) {
                unknown.merge(name, nanos, Long::sum);
            }
        }
    }

    /// Says which share is of unknown kernels, and the largest of them.
    public void report(Warnings warnings) {
        if (other > 0) {
            List<String> largest = unknown.entrySet().stream()
                    .sorted(Comparator.comparingLong((Map.Entry<String, Long> entry) -> -entry.getValue()).thenComparing(Map.Entry::getKey))
                    .limit(SHOWN)
                    .map(entry -> entry.getKey().substring(0, Math.min(entry.getKey().length(), LONGEST_SHOWN)))
                    .toList();
            warnings.add(
                    "kernels-other",
                    "%.1f %% of the kernel time is of kernels whose names are in no table; --kernel-kinds FILE adds them, above all %s"
                            .formatted(100 * other / total, String.join(", ", largest)),
                    kernels);
        }
    }
}
