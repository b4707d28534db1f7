package dev.iterscope.projection.importer.timing;

import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.Iteration.Mark;
import dev.iterscope.projection.recording.Pause;
import java.util.BitSet;
import java.util.List;

/// Marks steps of which pauses of the process took a noticeable part.
public final class PausedSteps {

    /// A step is left out of fits if pauses took more than this share of it.
    private static final double NOTICEABLE = 0.03;

    private PausedSteps() {}

    /// The same steps, paused ones marked.
    ///
    /// @param pauses pauses by ascending start
    public static List<Iteration> mark(List<Iteration> steps, List<Pause> pauses) {
        BitSet marked = new BitSet();
        int from = 0;
        int place = -1;
        for (Iteration step : steps) {
            place++;
            if (step.startNanos().isEmpty() || step.endNanos().isEmpty()) {
                continue;
            }
            long start = step.startNanos().getAsLong();
            long end = step.endNanos().getAsLong();
            while (from < pauses.size() && pauses.get(from).startNanos() + pauses.get(from).timeNanos() < start) {
                from++;
            }
            long paused = 0;
            for (int i = from; i < pauses.size() && pauses.get(i).startNanos() < end; i++) {
                Pause pause = pauses.get(i);
                paused += Math.max(0, Math.min(end, pause.startNanos() + pause.timeNanos()) - Math.max(start, pause.startNanos()));
            }
            marked.set(place, paused > NOTICEABLE * (end - start));
        }
        return MarkedSteps.of(steps, marked, Mark.PAUSED);
    }
}
