package dev.iterscope.projection.importer.timing;

import dev.iterscope.projection.importer.source.IterationDraft;
import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.Iteration.Mark;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;

/// Marks steps that were slow because something was done for the first time: the first context steps and the first generation steps
/// of an engine, where they took clearly longer than later steps of about the same size. A few may be a little longer; where a start takes
/// long (code compiled while it runs, a profiler attached), more of them in a row are several times as long.
public final class ColdSteps {

    /// Steps of each sort that may be cold.
    private static final int MOST_COLD = 3;
    /// How much longer than later steps a cold one takes.
    private static final double SLOWER = 1.1;
    /// Steps of each sort that may be cold after a long start.
    private static final int MOST_OF_LONG_START = 16;
    /// How much longer those take that come after the first few.
    private static final double MUCH_SLOWER = 2;
    private static final int COMPARED = 16;
    private static final int LOOKED_AT = 4096;
    /// A step is compared with the middle one of so many later ones.
    private static final int FEW = 3;
    /// If its engine had just been started, a first step that nothing can be compared with is taken as cold, and so is one that took clearly
    /// longer than the fastest of one or two: the only step of its size would be what all of that size are predicted from.
    private static final int JUST_STARTED = 4;

    private ColdSteps() {}

    /// How many steps were marked, and why.
    ///
    /// @param slower clearly longer than later ones
    /// @param unlike first steps that no later one of about their size compares with
    public record Marked(long slower, long unlike) {}

    /// The same steps of each engine, cold ones marked. Changes the map in place.
    public static Marked mark(Map<Integer, List<Iteration>> byEngine) {
        long slower = 0;
        long unlike = 0;
        for (Map.Entry<Integer, List<Iteration>> entry : byEngine.entrySet()) {
            List<Iteration> steps = entry.getValue();
            List<Iteration> head = new ArrayList<>(steps.subList(0, Math.min(steps.size(), LOOKED_AT)));
            BitSet cold = new BitSet();
            int alone = markSort(head, true, cold) + markSort(head, false, cold);
            entry.setValue(MarkedSteps.of(steps, cold, Mark.COLD));
            slower += cold.cardinality() - alone;
            unlike += alone;
        }
        return new Marked(slower, unlike);
    }

    /// Marks the cold steps of a sort.
    ///
    /// @return how many of them no later step compares with
    private static int markSort(List<Iteration> steps, boolean context, BitSet cold) {
        int alone = 0;
        int seen = 0;
        for (int i = 0; i < steps.size() && seen < MOST_OF_LONG_START; i++) {
            Iteration step = steps.get(i);
            if (!isSort(step, context)) {
                continue;
            }
            long[] later = later(step, steps, i, context);
            if (!isCold(step, later, seen)) {
                break;
            }
            alone += later.length == 0 ? 1 : 0;
            // The second round looks at typical steps only, too.
            steps.set(i, new IterationDraft().from(step).mark(Mark.COLD).build());
            cold.set(i);
            seen++;
        }
        return alone;
    }

    private static boolean isSort(Iteration step, boolean context) {
        return step.isTypical() && step.scheduledTokens() > 0 && step.elapsedNanos().isPresent() && step.contextTokens() > 0 == context;
    }

    /// Times of the next steps of the sort that are of about its size, ascending.
    private static long[] later(Iteration step, List<Iteration> steps, int at, boolean context) {
        return steps.subList(at + 1, steps.size()).stream()
                .filter(other -> isSort(other, context) && isLike(step, other))
                .limit(COMPARED)
                .mapToLong(other -> other.elapsedNanos().orElseThrow())
                .sorted()
                .toArray();
    }

    private static boolean isCold(Iteration step, long[] later, int before) {
        if (later.length < FEW) {
            boolean justStarted = step.number().isPresent() && step.number().getAsLong() < JUST_STARTED;
            return before == 0 && justStarted && (later.length == 0 || isSlower(step, SLOWER, later[0]));
        }
        return isSlower(step, before < MOST_COLD ? SLOWER : MUCH_SLOWER, later[later.length / 2]);
    }

    private static boolean isSlower(Iteration step, double times, long elapsedNanos) {
        return step.elapsedNanos().orElseThrow() > times * elapsedNanos;
    }

    private static boolean isLike(Iteration step, Iteration other) {
        return Math.abs(step.scheduledTokens() - other.scheduledTokens()) * 5L <= step.scheduledTokens();
    }
}
