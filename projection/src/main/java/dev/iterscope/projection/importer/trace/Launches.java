package dev.iterscope.projection.importer.trace;

import java.util.Arrays;

/// The calls of a trace that lie in a step, as columns: there may be millions.
final class Launches {

    private final LaunchIndex index = new LaunchIndex();
    private int[] steps = new int[1 << 10];
    private int[] layers = new int[1 << 10];
    private long[] times = new long[1 << 10];
    private int size;

    /// Adds a call.
    ///
    /// @param step  the step it lies in, or [NestedRanges#NONE]
    /// @param layer the layer it lies in, or [NestedRanges#NONE]
    void add(long process, long correlation, long time, int step, int layer) {
        if (size == steps.length) {
            steps = Arrays.copyOf(steps, size * 2);
            layers = Arrays.copyOf(layers, size * 2);
            times = Arrays.copyOf(times, size * 2);
        }
        steps[size] = step;
        layers[size] = layer;
        times[size] = time;
        index.put(process, correlation, size++);
    }

    /// The place of a call, or [LaunchIndex#NONE].
    int find(long process, long correlation) {
        return index.get(process, correlation);
    }

    int step(int place) {
        return steps[place];
    }

    int layer(int place) {
        return layers[place];
    }

    long time(int place) {
        return times[place];
    }
}
