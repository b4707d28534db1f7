package dev.iterscope.projection.model;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.stream.DoubleStream;

/// The numbers of scheduled tokens that recorded steps had, and the stairs that may lie between two of them.
///
/// Matrix products compute whole tiles of rows, so time grows with the tokens by stairs. Where recorded sizes lie closer together than
/// half a tile, every tread holds two of them or more and the stair shows. Where they lie farther apart a straight line between them may
/// be off by half a tile's rows, and nothing recorded shows where the stair is.
final class RecordedSizes {
    /// Rows of the largest tile that libraries for accelerators use.
    static final int ACCELERATOR_TILE = 256;
    /// Rows of the largest register block of processors.
    static final int PROCESSOR_TILE = 16;

    private final double[] sorted;
    private final int tile;

    private RecordedSizes(DoubleStream sizes, int tile) {
        this.sorted = sizes.filter(tokens -> tokens > 0).sorted().distinct().toArray();
        this.tile = tile;
    }

    /// @param tile rows of the largest tile that the device may use
    static RecordedSizes of(List<StepSamples.Sample> samples, int tile) {
        return new RecordedSizes(samples.stream().flatMap(sample -> sample.steps().stream()).mapToDouble(StepWork::tokens), tile);
    }

    /// These and the sizes of further steps.
    RecordedSizes with(Collection<StepWork> more) {
        return new RecordedSizes(DoubleStream.concat(Arrays.stream(sorted), more.stream().mapToDouble(StepWork::tokens)), tile);
    }

    /// Recorded sizes around another.
    ///
    /// @param below  the nearest smaller one, 0 where there is none
    /// @param above  the nearest larger one; both are the asked one beyond the largest
    /// @param hidden half of the largest tile whose stairs fit unseen between them, rows; 0 for a size that was recorded
    record Gap(double below, double above, double hidden) {}

    /// The gap in which a size lies.
    Gap around(double tokens) {
        int at = Arrays.binarySearch(sorted, tokens);
        if (at >= 0) {
            return new Gap(tokens, tokens, 0);
        }
        int next = -at - 1;
        if (next == sorted.length) {
            // Beyond the largest it is a matter of how far, not of what lies between.
            return new Gap(tokens, tokens, 0);
        }
        double below = next == 0 ? 0 : sorted[next - 1];
        double above = sorted[next];
        return new Gap(below, above, hidden(above - below));
    }

    private double hidden(double gap) {
        for (int rows = tile; rows > 1; rows /= 2) {
            if (gap > rows / 2.0) {
                return rows / 2.0;
            }
        }
        return 0;
    }
}
