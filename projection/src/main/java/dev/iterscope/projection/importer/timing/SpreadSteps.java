package dev.iterscope.projection.importer.timing;

import dev.iterscope.projection.importer.source.IterationDraft;
import dev.iterscope.projection.importer.steps.DerivedSteps;
import dev.iterscope.projection.recording.Iteration;
import java.util.Arrays;
import java.util.List;

/// Steps whose times are equal parts of the time between two timestamps: the steps that ended with the same timestamp share the time since
/// the one before.
final class SpreadSteps extends DerivedSteps {

    private final Groups groups;

    private SpreadSteps(List<Iteration> steps, Groups groups) {
        super(steps);
        this.groups = groups;
    }

    /// Steps and the groups that share a time.
    static List<Iteration> of(List<Iteration> steps, Groups groups) {
        return new SpreadSteps(steps, groups);
    }

    /// Groups of steps that follow each other, by ascending place.
    static final class Groups {
        private int[] from = new int[16];
        private int[] to = new int[16];
        private long[] start = new long[16];
        private long[] end = new long[16];
        private int count;

        /// A group.
        ///
        /// @param first      place of its first step, behind the group before
        /// @param last       place behind its last step
        /// @param startNanos begin of the time that it shares
        /// @param endNanos   end of that time
        void add(int first, int last, long startNanos, long endNanos) {
            if (count == from.length) {
                from = Arrays.copyOf(from, 2 * count);
                to = Arrays.copyOf(to, 2 * count);
                start = Arrays.copyOf(start, 2 * count);
                end = Arrays.copyOf(end, 2 * count);
            }
            from[count] = first;
            to[count] = last;
            start[count] = startNanos;
            end[count] = endNanos;
            count++;
        }

        /// The group of a step, or one below 0 where it is in none.
        private int of(int index) {
            int found = Arrays.binarySearch(from, 0, count, index);
            int group = found >= 0 ? found : -found - 2;
            return group >= 0 && index < to[group] ? group : -1;
        }
    }

    @Override
    protected Iteration derived(Iteration step, int index) {
        int group = groups.of(index);
        if (group < 0) {
            return step;
        }
        int place = index - groups.from[group];
        double part = (groups.end[group] - groups.start[group]) / (double) (groups.to[group] - groups.from[group]);
        return new IterationDraft().from(step)
                .startNanos(groups.start[group] + Math.round(part * place))
                .endNanos(groups.start[group] + Math.round(part * (place + 1)))
                .build();
    }
}
